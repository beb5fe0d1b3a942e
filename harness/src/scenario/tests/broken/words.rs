//! Words, paths and expectations that lead nowhere.

use insta::assert_snapshot;

use super::{added, broken};

#[test]
fn paths_that_leave() {
    let told = broken("images/links", "../images/links");
    assert_snapshot!(told, @"
    10:25: `../images/links` leaves the scenario's folder
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn a_name_of_a_scenario_that_leads_out_of_the_folder_of_runs() {
    let told = broken("scenario: small", "scenario: ../elsewhere");
    assert_snapshot!(told, @"
    2:11: `../elsewhere` cannot be the name of a folder, which a run's would be
      help: leave out slashes and a leading dot
    ");
}

#[test]
fn path_by_link() {
    let told = added("  - run: files/link\n");
    assert_snapshot!(told, @"
    20:10: `files/link` leaves the scenario's folder, by a symbolic link
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn absolute_path() {
    let told = added("  - run: /etc/passwd\n");
    assert_snapshot!(told, @"
    20:10: `/etc/passwd` leaves the scenario's folder
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn missing_file() {
    let told = added("  - run: scripts/fil.sh\n");
    assert_snapshot!(told, @"
    20:10: `scripts/fil.sh` is missing, expected a file
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn folder_for_a_file() {
    let told = added("  - run: files\n");
    assert_snapshot!(told, @"
    20:10: `files` is a folder, expected a file
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn no_dockerfile() {
    let told = broken("images/links", "images/empty");
    assert_snapshot!(told, @"10:25: the folder `images/empty` has no `Dockerfile`");
}

#[test]
fn missing_folder() {
    let told = broken("images/links", "images/lnks");
    assert_snapshot!(told, @"
    10:25: `images/lnks` is missing, expected a folder
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn file_for_a_folder() {
    let told = broken("images/links", "files/motd");
    assert_snapshot!(told, @"
    10:25: `files/motd` is a file, expected a folder
      help: paths begin in the folder of the scenario, for example `files/motd`
    ");
}

#[test]
fn relative_volume() {
    let told = broken("data: /srv", "data: ../srv");
    assert_snapshot!(told, @"
    10:71: `../srv` is no absolute path
      help: expected for example `/srv/data`, without `..`, `:`, `,` or an end `/`
    ");
}

#[test]
fn shell_in_words() {
    let told = broken(
        "docker: true }\n  new",
        "docker: true, user: \"a;b\", packages: [\"$(id)\"], files: { etc/motd: files/motd } }\n  new",
    );
    assert_snapshot!(told, @"
    4:30: `a;b` is no name of a user
      help: at most 32 lower-case letters, digits, `_` and `-`, beginning with a letter
    4:48: `$(id)` is no name of a package
      help: lower-case letters, digits, `+`, `-` and `.`, such as `libstdc++6`
    4:67: `etc/motd` is no absolute path
      help: expected for example `/srv/data`, without `..`, `:`, `,` or an end `/`
    ");
}

#[test]
fn words_of_containers() {
    let told =
        broken("publish: [80]", "publish: [80], environment: { A-B: \"a\\nb\" }, tls: certs");
    assert_snapshot!(told, @"
    10:69: `A-B` is no name of an environment variable
      help: letters, digits and `_`, not beginning with a digit
    10:74: the text has line ends or control characters: expected one line
    10:89: `certs` is no absolute path
      help: expected for example `/srv/data`, without `..`, `:`, `,` or an end `/`
    ");
}

#[test]
fn names_of_containers() {
    let told = broken("  links:\n", "  l:\n");
    assert_snapshot!(told, @"
    8:3: a container cannot be called `l`
      help: Docker wants two characters at least
    15:11: unknown service `links`
      help: known services: `l`
    16:26: unknown service `links`
      help: known services: `l`
    17:12: unknown service `links`
      help: known services: `l`
    ");
}

#[test]
fn expectations() {
    let told = added(
        "end_state:\n  a: { http: { url: ftp://x } }\n  b: { file: { on: new, path: motd, sha256: abc } }\n  c: { dns: { name: a.b, type: MX, is: new, value: x } }\n  d: { listens: { on: new, ports: [] } }\n  e: { unit: { on: new, name: ssh } }\n  f: { mail: { service: links, to: me, password: p } }\n  g: { http: { url: \"https://www.example.org/\" } }\n",
    );
    assert_snapshot!(told, @"
    21:21: `ftp://x` is no URL that can be asked for
      help: expected for example `https://www.asso.example/`
    22:31: `motd` is no absolute path
      help: expected for example `/srv/data`, without `..`, `:`, `,` or an end `/`
    22:45: `abc` is no SHA-256: expected 64 digits of 0-9 and a-f
    23:40: `is` names a host, which only an A record points to
      help: write the answer as `value`
    23:52: `is` and `value` are two answers
      help: keep one of them
    24:35: the list of ports is empty
    25:14: nothing is expected of `ssh`
      help: add `active` or `enabled`, with `true` or `false`
    25:31: `ssh` is no name of a systemd service
      help: expected for example `tor.service`
    26:25: `links` does not listen on port 143
      help: ports of `links`: `80`
    26:25: `links` does not listen on port 25
      help: ports of `links`: `80`
    26:36: `me` is no mail address
      help: expected for example `me@asso.example`
    27:21: `www.example.org` is outside of the zone `asso.example`, the world has no such name
    ");
}
