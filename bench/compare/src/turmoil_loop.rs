//! turmoil: two hosts on simulated TCP, one connection.

use std::{cell::Cell, rc::Rc};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::{TcpListener, TcpStream};

use crate::{EVERY, Failure, QUESTIONS, STORY};

const PORT: u16 = 8080;

pub(crate) fn tell() -> Result<u32, Failure> {
    let mut world = turmoil::Builder::new().rng_seed(0).simulation_duration(STORY * 2).build();
    world.host("server", || async {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let (mut stream, _) = listener.accept().await?;
        let mut question = [0];
        while stream.read_exact(&mut question).await.is_ok() {
            stream.write_all(&question).await?;
        }
        Ok(())
    });
    let answered = Rc::new(Cell::new(0));
    let count = Rc::clone(&answered);
    world.client("client", async move {
        let mut stream = TcpStream::connect(("server", PORT)).await?;
        let mut tick = tokio::time::interval(EVERY);
        for _ in 0..QUESTIONS {
            tick.tick().await;
            stream.write_all(&[1]).await?;
            let mut answer = [0];
            stream.read_exact(&mut answer).await?;
            count.set(count.get() + 1);
        }
        Ok(())
    });
    world.run().map_err(|error| error.to_string())?;
    Ok(answered.get())
}
