//! Whether the world is still whole: a container of it that ends, and that nothing in the rehearsal
//! ended, spoils all that is seen from then on.
//! Must not know: what is played.

use std::{sync::atomic::Ordering, time::Duration};

use bollard::{
    models::{ContainerSummary, ContainerSummaryStateEnum},
    query_parameters::ListContainersOptions,
};

use super::{labels, stage::Stage};
use crate::base::HostId;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the engine may take to answer one.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many looks in a row must find the same, or fail: one may fall into a restart.
const LOOKS: usize = 3;

/// Ends when the world is not whole any more, and says why.
pub(super) async fn until_broken(stage: &Stage) -> String {
    let mut bad = 0;
    loop {
        let problem = tokio::time::timeout(TIMEOUT, problem(stage)).await;
        let problem = problem.unwrap_or_else(|_| Some(NO_ENGINE.to_owned()));
        bad = if problem.is_some() { bad + 1 } else { 0 };
        match problem {
            Some(problem) if bad >= LOOKS => return problem,
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

const NO_ENGINE: &str = "the Docker Engine does not answer any more";

async fn problem(stage: &Stage) -> Option<String> {
    let label = format!("{}={}", labels::RUN, stage.setting.labels.run);
    let options = ListContainersOptions {
        all: true,
        filters: Some([("label".to_owned(), vec![label])].into()),
        ..<_>::default()
    };
    let found = match stage.setting.client.docker().list_containers(Some(options)).await {
        Ok(found) => found,
        Err(error) => return Some(format!("{NO_ENGINE}: {error}")),
    };
    // One that a fault holds does not run because somebody asked for that.
    let hosts = stage.plan.hosts.keys().filter(|id| !stage.power.is_held(id)).map(HostId::as_str);
    let restarting = stage.restarting.load(Ordering::SeqCst);
    let hosts = hosts.filter(|_| !restarting).map(|host| ("host ", host));
    let own = stage.own_members().into_iter().map(|member| ("the world's own ", member));
    hosts.chain(own).find_map(|(kind, member)| {
        let how = broken(&found, &stage.members.container(member))?;
        Some(format!("{kind}`{member}` {how}, and nothing in the rehearsal asked for that"))
    })
}

/// What is wrong with a container of this name among those that were found.
fn broken(found: &[ContainerSummary], name: &str) -> Option<String> {
    let is = |given: &String| given.strip_prefix('/') == Some(name);
    let container = found.iter().find(|it| it.names.iter().flatten().any(is));
    match container {
        None => Some("is gone".to_owned()),
        Some(container) if container.state == Some(ContainerSummaryStateEnum::RUNNING) => None,
        Some(container) => {
            let status = container.status.as_deref().unwrap_or("not running");
            Some(format!("runs no more ({})", status.to_lowercase()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_does_not_run_or_is_not_there_is_told() {
        use ContainerSummaryStateEnum::{EXITED, PAUSED, RUNNING};
        let container = |name: &str, state, status: &str| ContainerSummary {
            names: Some(vec![format!("/{name}")]),
            state: Some(state),
            status: Some(status.to_owned()),
            ..<_>::default()
        };
        let found = [
            container("r-old", RUNNING, "Up 3 seconds"),
            container("r-new", EXITED, "Exited (137) 1 second ago"),
            container("r-resolver", PAUSED, "Up 3 seconds (Paused)"),
        ];
        let told = |name: &str| broken(&found, name);
        assert_eq!(told("r-old"), None);
        assert_eq!(told("r-new").unwrap(), "runs no more (exited (137) 1 second ago)");
        assert_eq!(told("r-resolver").unwrap(), "runs no more (up 3 seconds (paused))");
        assert_eq!(told("old").unwrap(), "is gone", "another name");
    }
}
