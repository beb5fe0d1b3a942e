//! `run`: a script of the user's.

use std::fs;

use crate::{
    docker::{Error, operator::Hands},
    step::Run,
};

pub(super) async fn play(hands: &Hands<'_>, args: &Run) -> Result<String, Error> {
    let path = hands.stage.setting.scenario_dir.join(&args.script);
    let content = fs::read(&path).map_err(|source| Error::File { path, source })?;
    let place = args.on.as_ref().map(|host| (host, args.via));
    let said = hands.script(content, &args.arguments, place).await?;
    let last = said.stdout.lines().last().unwrap_or_default().to_owned();
    said.expect(&format!("`{}` failed", args.script))?;
    Ok(last)
}
