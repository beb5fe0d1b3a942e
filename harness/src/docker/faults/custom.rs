//! `custom`: the user's scripts, through the console of a host or where the operator sits.

use std::{fs, time::Duration};

use crate::{
    base::FaultId,
    docker::{
        Error,
        client::{Exec, Output},
        members::OPERATOR,
        operator::script_call,
        stage::Stage,
    },
    fault::Custom,
    world::FaultAct,
};

/// How long a script may take, well within the time that the engine gives an act.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &Custom,
    act: FaultAct,
) -> Result<String, Error> {
    let verify = &args.verify;
    match act {
        FaultAct::Inject => done(&args.inject, &run(stage, id, args, &args.inject).await?),
        FaultAct::Heal => done(&args.heal, &run(stage, id, args, &args.heal).await?),
        FaultAct::VerifyBite => match bites(verify, &run(stage, id, args, verify).await?)? {
            true => Ok(format!("`{verify}` says that it bites")),
            false => Err(Error::Said(format!("`{verify}` says that it does not bite"))),
        },
        FaultAct::VerifyGone => match bites(verify, &run(stage, id, args, verify).await?)? {
            false => Ok(format!("`{verify}` says that it is gone")),
            true => Err(Error::Said(format!("`{verify}` says that it still bites"))),
        },
    }
}

async fn run(stage: &Stage, id: &FaultId, args: &Custom, script: &str) -> Result<Output, Error> {
    let path = stage.setting.scenario_dir.join(script);
    let content = fs::read(&path).map_err(|source| Error::File { path, source })?;
    let member = args.on.as_ref().map_or(OPERATOR, |on| on.as_str());
    let exec = Exec::new(["sh", "-c", &script_call(&[])]).stdin(content).timeout(TIMEOUT);
    let exec = exec.ended_by(&format!("fault-{id}"));
    Ok(stage.setting.client.exec(&stage.members.container(member), exec).await?)
}

/// The last thing that a script said that passed.
fn done(script: &str, output: &Output) -> Result<String, Error> {
    match output.code {
        0 => Ok(output.stdout.lines().last().unwrap_or_default().to_owned()),
        _ => Err(failed(script, output)),
    }
}

fn bites(verify: &str, output: &Output) -> Result<bool, Error> {
    match output.code {
        0 => Ok(true),
        1 => Ok(false),
        _ => Err(failed(verify, output)),
    }
}

fn failed(script: &str, output: &Output) -> Error {
    let said = output.stderr.lines().chain(output.stdout.lines());
    let last = said.map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no word");
    Error::Said(format!("`{script}` failed with exit code {}: {last}", output.code))
}
