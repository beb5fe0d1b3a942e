//! A program of the user's, which says itself whether the service is up.

use std::{net::IpAddr, sync::Arc};

use futures_util::future::BoxFuture;

use super::visit::{Miss, Visit};
use crate::{
    base::{DnsName, Duration, ServiceId},
    probe::Command,
};

/// How many programs of a probe may run at once.
pub(super) const AT_ONCE: usize = 4;

/// Runs the program of a service's probe at the operator's side.
pub type Runner = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Ended, String>> + Send + Sync>;

/// What a program is called with.
pub struct Call {
    /// Of which service.
    pub service: ServiceId,
    /// The service's name.
    pub name: DnsName,
    /// The address that the client found.
    pub address: IpAddr,
    /// When it is ended.
    pub within: Duration,
    /// To be called when it begins: to start it takes a while, which says nothing of the service.
    pub begun: Box<dyn FnOnce() + Send>,
}

/// How a program ended.
pub struct Ended {
    /// Its exit code.
    pub code: i64,
    /// The last line that it printed.
    pub last_line: String,
}

/// Up if the program says so.
pub(super) async fn ask(
    visit: &Visit<'_>,
    runner: &Runner,
    service: &ServiceId,
    name: &DnsName,
    probe: &Command,
) -> Result<(), Miss> {
    let address = visit.address(name.as_str()).await?;
    let (begun, mut has_begun) = tokio::sync::oneshot::channel();
    let call = Call {
        service: service.clone(),
        name: name.clone(),
        address,
        within: visit.within(),
        begun: Box::new(move || {
            // Who waited for it may be gone.
            let _ = begun.send(());
        }),
    };
    visit.prepare(format!("starting `{}`", probe.run));
    let mut running = runner(call);
    let early = tokio::select! {
        biased;
        Ok(()) = &mut has_begun => None,
        ended = &mut running => Some(ended),
    };
    visit.begin(address);
    visit.at(format!("waiting for the end of `{}`, asked about {address}", probe.run));
    let ended = match early {
        Some(ended) => ended,
        None => running.await,
    };
    judge(&probe.run, ended.map_err(Miss::Unable)?)
}

fn judge(run: &str, Ended { code, last_line }: Ended) -> Result<(), Miss> {
    let words = |word: &str| match last_line.trim() {
        "" => format!("`{run}` says that it is {word}"),
        line => format!("`{run}` says that it is {word}: {line}"),
    };
    match code {
        0 => Ok(()),
        1 => Err(Miss::Down(words("down"))),
        2 => Err(Miss::Wrong(words("wrong"))),
        _ => Err(Miss::Unable(match last_line.trim() {
            "" => format!("`{run}` ended with {code}, which says nothing of the service"),
            line => format!("`{run}` ended with {code}, which says nothing of the service: {line}"),
        })),
    }
}
