//! Owns paths: those into the scenario's folder lead to what is expected there, those on hosts
//! and in containers are absolute.

use super::{At, Context};
use crate::scenario::FileKind;

/// What has to be at a path.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    File,
    Folder,
    Either,
}

pub(super) fn check(cx: &mut Context<'_>) {
    for (id, host) in &cx.scenario.hosts {
        pairs(cx, &host.files, Wanted::File, cx.host_at(id).key("files"));
    }
    for (id, service) in &cx.scenario.services {
        let at = cx.service_at(id);
        if let Some(container) = &service.container {
            let at = at.key("container");
            image(cx, &container.image, at.key("image"));
            for (name, path) in &container.volumes {
                absolute(cx, path, at.key("volumes").key(name));
            }
            if let Some(path) = &container.tls {
                absolute(cx, path, at.key("tls"));
            }
            if let Some(path) = &container.fill {
                inside(cx, path, Wanted::File, at.key("fill"));
            }
        }
        if let Some(unit) = &service.unit {
            let at = at.key("unit");
            if let Some(path) = &unit.file {
                inside(cx, path, Wanted::File, at.key("file"));
            }
            pairs(cx, &unit.files, Wanted::Either, at.key("files"));
            pairs(cx, &unit.fill, Wanted::Either, at.key("fill"));
            for (index, path) in unit.data.iter().enumerate() {
                absolute(cx, path, at.key("data").item(index));
            }
        }
    }
    for (index, step) in cx.scenario.steps.iter().enumerate() {
        if let Some(path) = &step.run {
            inside(cx, path, Wanted::File, cx.step_at(index).key("run"));
        }
    }
}

/// Paths on a host, each with one into the scenario's folder.
fn pairs<'p>(
    cx: &mut Context<'_>,
    paths: impl IntoIterator<Item = (&'p String, &'p String)>,
    wanted: Wanted,
    at: At<'_>,
) {
    for (outside, path) in paths {
        let at = at.key(outside);
        absolute_key(cx, outside, at);
        inside(cx, path, wanted, at);
    }
}

fn image(cx: &mut Context<'_>, path: &str, at: At<'_>) {
    if inside(cx, path, Wanted::Folder, at) {
        let file = format!("{path}/Dockerfile");
        if cx.files.kind(&file) != FileKind::File {
            cx.wrong(at, format!("the folder `{path}` has no `Dockerfile`"));
        }
    }
}

/// Tells a path that does not lead to what is wanted in the scenario's folder.
fn inside(cx: &mut Context<'_>, path: &str, wanted: Wanted, at: At<'_>) -> bool {
    let ordinary = |part: &str| !part.is_empty() && part != "." && part != "..";
    let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
    let well_formed = path.split('/').all(ordinary)
        && !path.starts_with('-')
        && !path.contains(|c: char| c.is_control() || c == '\\');
    let problem = if leaves {
        Some(format!("`{path}` leaves the scenario's folder"))
    } else if !well_formed {
        Some(format!(
            "`{path}` is no path in the scenario's folder: expected for example `files/a`"
        ))
    } else {
        match (cx.files.kind(path), wanted) {
            (FileKind::File, Wanted::File | Wanted::Either) => None,
            (FileKind::Folder, Wanted::Folder | Wanted::Either) => None,
            (FileKind::File, Wanted::Folder) => {
                Some(format!("`{path}` is a file, expected a folder"))
            }
            (FileKind::Folder, Wanted::File) => {
                Some(format!("`{path}` is a folder, expected a file"))
            }
            (FileKind::Outside, _) => {
                Some(format!("`{path}` leaves the scenario's folder, by a symbolic link"))
            }
            (FileKind::Missing, Wanted::Folder) => {
                Some(format!("there is no folder `{path}` in the scenario's folder"))
            }
            (FileKind::Missing, Wanted::File | Wanted::Either) => {
                Some(format!("there is no file `{path}` in the scenario's folder"))
            }
        }
    };
    let fine = problem.is_none();
    if let Some(problem) = problem {
        cx.wrong(at, problem);
    }
    fine
}

/// Tells a path on a host or in a container that depends on where one is.
pub(super) fn absolute(cx: &mut Context<'_>, path: &str, at: At<'_>) {
    if !is_absolute(path) {
        cx.wrong(at, relative(path));
    }
}

fn absolute_key(cx: &mut Context<'_>, path: &str, at: At<'_>) {
    if !is_absolute(path) {
        let mistake = super::Mistake::new(at.key_span(), relative(path));
        cx.tell(at, mistake);
    }
}

fn relative(path: &str) -> String {
    format!("`{path}` is no absolute path: expected for example `/srv/data`, without `..`")
}

fn is_absolute(path: &str) -> bool {
    path.len() > 1
        && path.len() < 4096
        && path.starts_with('/')
        && path[1..].split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.contains(|c: char| c.is_control() || ":,\\".contains(c))
}
