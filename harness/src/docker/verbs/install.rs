//! `install`: apt, through the world's caching proxy.

use crate::{
    docker::{Error, operator::Hands},
    step::Install,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Install) -> Result<String, Error> {
    let packages = args.packages.join(" ");
    let command = format!(
        "export DEBIAN_FRONTEND=noninteractive; \
         apt-get -q update && apt-get -q -y --no-install-recommends install {packages}"
    );
    hands.root_on(&args.on, &command).await?.expect(&format!("installing on `{}`", args.on))?;
    Ok(format!("installed {packages}"))
}
