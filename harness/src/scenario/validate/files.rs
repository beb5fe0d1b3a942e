//! Owns paths: those into the scenario's folder lead to what is expected there, those on hosts
//! and in containers are absolute.

use super::{At, Context};
use crate::{fault::Refers, probe::Probe, scenario::FileKind};

/// What an absolute path looks like.
const ABSOLUTE: &str = "expected for example `/srv/data`, without `..`, `:`, `,` or an end `/`";
/// What a path into the scenario's folder looks like.
const INSIDE: &str = "paths begin in the folder of the scenario, for example `files/motd`";

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
        if let Some(Probe::Command(command)) = &service.probe {
            inside(cx, &command.run, Wanted::File, at.key("probe").key("command").key("run"));
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
        if let Some(path) = service.writer.as_ref().and_then(|it| it.read.command.as_ref()) {
            inside(cx, path, Wanted::File, at.key("writer").key("read").key("command"));
        }
    }
    for (at, step) in cx.all_steps() {
        if let Some(path) = &step.run {
            inside(cx, path, Wanted::File, at.key("run"));
        }
    }
    for (at, refers) in cx.fault_refers() {
        if let Refers::File(path) = refers {
            inside(cx, path, Wanted::File, at);
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
        if !is_absolute(outside) {
            cx.wrong_key(at, not_absolute(outside), ABSOLUTE);
        }
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
    let problem = form(path).or_else(|| content(cx.files.kind(path), wanted));
    let fine = problem.is_none();
    if let Some(problem) = problem {
        cx.wrong_but(at, format!("`{path}` {problem}"), INSIDE);
    }
    fine
}

/// What is wrong with a path before anybody looks where it leads.
fn form(path: &str) -> Option<&'static str> {
    let ordinary = |part: &str| !part.is_empty() && part != ".";
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Some("leaves the scenario's folder");
    }
    let well_formed = path.split('/').all(ordinary)
        && !path.starts_with('-')
        && !path.contains(|c: char| c.is_control() || c == '\\');
    (!well_formed).then_some("is no path in the scenario's folder")
}

fn content(found: FileKind, wanted: Wanted) -> Option<&'static str> {
    match (found, wanted) {
        (FileKind::File, Wanted::File | Wanted::Either)
        | (FileKind::Folder, Wanted::Folder | Wanted::Either) => None,
        (FileKind::File, Wanted::Folder) => Some("is a file, expected a folder"),
        (FileKind::Folder, Wanted::File) => Some("is a folder, expected a file"),
        (FileKind::Outside, _) => Some("leaves the scenario's folder, by a symbolic link"),
        (FileKind::Missing, Wanted::Folder) => Some("is missing, expected a folder"),
        (FileKind::Missing, Wanted::File) => Some("is missing, expected a file"),
        (FileKind::Missing, Wanted::Either) => Some("is missing, expected a file or a folder"),
    }
}

/// Tells a path on a host or in a container that depends on where one is.
pub(super) fn absolute(cx: &mut Context<'_>, path: &str, at: At<'_>) {
    if !is_absolute(path) {
        cx.wrong_but(at, not_absolute(path), ABSOLUTE);
    }
}

fn not_absolute(path: &str) -> String {
    format!("`{path}` is no absolute path")
}

fn is_absolute(path: &str) -> bool {
    path.len() > 1
        && path.len() < 4096
        && path.starts_with('/')
        && path[1..].split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.contains(|c: char| c.is_control() || ":,\\".contains(c))
}
