//! madsim: two nodes on simulated TCP, one connection.

#[cfg(not(madsim))]
compile_error!("madsim simulates only where all is built with RUSTFLAGS=\"--cfg madsim\"");

use std::net::SocketAddr;

use madsim::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    time::interval,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{EVERY, Failure, QUESTIONS};

pub(crate) fn tell() -> Result<u32, Failure> {
    let runtime = Runtime::new();
    let server: SocketAddr = "10.0.0.1:8080".parse()?;
    let client: SocketAddr = "10.0.0.2:8080".parse()?;
    let at_server = runtime.create_node().ip(server.ip()).build();
    let at_client = runtime.create_node().ip(client.ip()).build();
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    at_server.spawn(async move {
        let listener = TcpListener::bind(server).await.expect("nobody else is there");
        ready.send(()).expect("somebody waits for it");
        let (mut stream, _) = listener.accept().await.expect("somebody comes");
        let mut question = [0];
        while stream.read_exact(&mut question).await.is_ok() {
            stream.write_all(&question).await.expect("somebody waits for it");
            stream.flush().await.expect("somebody waits for it");
        }
    });
    let answered = at_client.spawn(async move {
        is_ready.await.expect("the server gets ready");
        let mut stream = TcpStream::connect(server).await.expect("the server is ready");
        let mut tick = interval(EVERY);
        let mut answered = 0;
        for _ in 0..QUESTIONS {
            tick.tick().await;
            stream.write_all(&[1]).await.expect("the server is there");
            stream.flush().await.expect("the server is there");
            let mut answer = [0];
            stream.read_exact(&mut answer).await.expect("the server answers");
            answered += 1;
        }
        answered
    });
    Ok(runtime.block_on(answered)?)
}
