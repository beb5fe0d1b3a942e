//! `image`: `docker save` on one host into `docker load` on the other.

use crate::{
    docker::{Error, operator::Hands},
    plan::ServiceKind,
    step::Image,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Image) -> Result<String, Error> {
    let Image { services, from, to } = args;
    let images: Vec<&str> = services
        .iter()
        .filter(|id| matches!(hands.stage.plan.services[*id].kind, ServiceKind::Container(_)))
        .map(|id| hands.stage.setting.images.services[id].as_str())
        .collect();
    let names = images.join(" ");
    // One stream for all, so that layers that they share travel once.
    let save = hands.ssh_line(from, &format!("docker save {names}"));
    let load = hands.ssh_line(to, "docker load --quiet");
    hands
        .here(&format!("set -o pipefail; {save} </dev/null | {load}"), None)
        .await?
        .expect(&format!("copying images from `{from}` to `{to}`"))?;
    hands
        .root_on(to, &format!("docker image inspect --format '{{{{.Id}}}}' {names}"))
        .await?
        .expect(&format!("an image did not arrive on `{to}`"))?;
    Ok(format!("{} images on `{to}`", images.len()))
}
