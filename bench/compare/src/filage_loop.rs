//! This simulator: a host, one that is asked, and a step that takes as long as the story. No time is
//! jumped over: a wait would be no story for it.

use std::sync::Arc;

use filage::{
    check::verdict,
    engine::rehearse,
    history::Fold,
    plan::{Choices, resolve},
    scenario::{FileKind, Files, parse},
    sim::{Given, World},
};

use crate::{EVERY, Failure, STORY};

pub(crate) fn tell() -> Result<u32, Failure> {
    let scenario = parse("scenario.yaml", text().as_bytes(), &Folder);
    let scenario = scenario.map_err(|mistakes| format!("{mistakes:?}"))?;
    let plan = Arc::new(resolve(&scenario, &Choices::default())?);
    let mut world = World::new(Arc::clone(&plan), Arc::new(Given::default()));
    let mut fold = Fold::default();
    rehearse("compare", &plan, &mut world, &mut fold)?;
    let told = verdict(&fold.finish().ok_or("the rehearsal has begun")?);
    Ok(u32::try_from(told.services[0].samples.up)?)
}

fn text() -> String {
    // What it takes is drawn from around the usual: at least eight tenths of it.
    let takes = STORY.as_secs() * 13 / 10;
    let every = EVERY.as_millis();
    format!(
        "filage: 1\nscenario: loop\nhosts: {{ asking: {{}}, asked: {{}} }}\nzone: {{ name: loop.example }}\n\
         probing: {{ every: {every}ms, around_changes: {every}ms }}\n\
         services:\n  hello:\n    on: asked\n    name: hello.loop.example\n    unit: {{ name: hello.service, \
         listens: [8080] }}\n    probe: {{ http: {{ port: 8080 }} }}\n\
         steps:\n  - id: ask\n    run: ask.sh\n    on: asking\n    deadline: 2h\n    \
         simulates: [{{ takes: {takes}s }}]\n"
    )
}

/// A folder that has all that the scenario names.
struct Folder;

impl Files for Folder {
    fn kind(&self, _: &str) -> FileKind {
        FileKind::File
    }
}
