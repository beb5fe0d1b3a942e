//! The operator's side: how a step reaches a host.
//! Must not know: what the step does there.

use std::{fmt::Write, time::Duration};

use super::{
    Error,
    client::{Exec, Stream},
    members::OPERATOR,
    stage::Stage,
};
use crate::{
    base::{HostId, StepId},
    step::Via,
    world::Event,
};

/// One attempt at a step, seen from the operator's side.
pub(super) struct Hands<'a> {
    pub(super) stage: &'a Stage,
    pub(super) step: &'a StepId,
    pub(super) deadline: Duration,
}

/// Who follows what a command says, beside the one who asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    Step,
    Nobody,
}

/// What a command said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) code: i64,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Said {
    /// The output, if the command succeeded; `what` names it in the error.
    pub(super) fn expect(self, what: &str) -> Result<String, Error> {
        if self.code == 0 {
            return Ok(self.stdout);
        }
        Err(Error::Said(format!("{what}: {}", self.why())))
    }

    /// The first line of what a command complained about that contains `words`.
    pub(super) fn complaint(&self, words: &str) -> Option<&str> {
        self.stderr.lines().find(|line| line.contains(words)).map(str::trim)
    }

    /// The last words of a command that failed.
    pub(super) fn why(&self) -> String {
        let last = |text: &str| {
            text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
        };
        last(&self.stderr)
            .or_else(|| last(&self.stdout))
            .unwrap_or_else(|| format!("it ended with exit code {}, without a word", self.code))
    }
}

impl Hands<'_> {
    /// Runs a shell command on a host as root. It is one word for `sh -c`, so it needs no quoting
    /// of its own.
    pub(super) async fn root_on(&self, host: &HostId, command: &str) -> Result<Said, Error> {
        self.ssh(host, &self.as_root(host, command), None, Echo::Step).await
    }

    /// The same, for answers that are read by us and of no interest in the step's log.
    pub(super) async fn ask_root_on(&self, host: &HostId, command: &str) -> Result<Said, Error> {
        self.ssh(host, &self.as_root(host, command), None, Echo::Nobody).await
    }

    /// A command line for the operator's shell that runs `command` as root on `host`.
    pub(super) fn ssh_line(&self, host: &HostId, command: &str) -> String {
        format!("ssh {host} {}", quote(&self.bounded(&self.as_root(host, command))))
    }

    /// A command line for a host that can be ended from its console, see [`end_session`].
    fn bounded(&self, command: &str) -> String {
        let noted = format!(
            "read -r _ _ _ _ _ session _ </proc/$$/stat; echo $session >{}; exec {}",
            session_file(self.step),
            self.in_time(command)
        );
        format!("sh -c {}", quote(&noted))
    }

    /// Runs a script where the operator sits, or on a host.
    pub(super) async fn script(
        &self,
        content: Vec<u8>,
        arguments: &[String],
        place: Option<(&HostId, Via)>,
    ) -> Result<Said, Error> {
        let call = script_call(arguments);
        match place {
            None => self.here(&call, Some(content)).await,
            Some((host, Via::Ssh)) => self.ssh(host, &call, Some(content), Echo::Step).await,
            Some((host, Via::Console)) => {
                let container = self.stage.members.container(host.as_str());
                let command = vec!["sh".into(), "-c".into(), call];
                self.exec(&container, command, Some(content), Echo::Step).await
            }
        }
    }

    /// Runs a shell command where the operator sits.
    pub(super) async fn here(&self, command: &str, stdin: Option<Vec<u8>>) -> Result<Said, Error> {
        let container = self.stage.members.container(OPERATOR);
        let command = vec!["bash".into(), "-c".into(), command.to_owned()];
        self.exec(&container, command, stdin, Echo::Step).await
    }

    async fn ssh(
        &self,
        host: &HostId,
        command: &str,
        stdin: Option<Vec<u8>>,
        echo: Echo,
    ) -> Result<Said, Error> {
        let container = self.stage.members.container(OPERATOR);
        let command = &self.bounded(command);
        let mut words = vec!["ssh".to_owned()];
        if stdin.is_none() {
            words.push("-n".to_owned());
        }
        words.extend([host.to_string(), command.to_owned()]);
        let said = self.exec(&container, words, stdin, echo).await?;
        // 255 is ssh's own failure, or a command's that nobody can tell from it.
        if said.code == 255 {
            return Err(Error::Said(format!("no SSH to `{host}`: {}", said.why())));
        }
        Ok(said)
    }

    fn as_root(&self, host: &HostId, command: &str) -> String {
        let shell = self.in_time(command);
        match self.stage.plan.hosts[host].user.as_str() {
            "root" => shell,
            _ => format!("sudo {shell}"),
        }
    }

    /// A command line that ends when the step's time is over: what runs on a host outlives the
    /// connection that started it, and where the link is down nobody could end it from afar.
    fn in_time(&self, command: &str) -> String {
        let seconds = self.deadline.as_secs_f64();
        format!("timeout --kill-after=2 {seconds} sh -c {}", quote(command))
    }

    async fn exec(
        &self,
        container: &str,
        command: Vec<String>,
        stdin: Option<Vec<u8>>,
        echo: Echo,
    ) -> Result<Said, Error> {
        let mut said = Said::default();
        let mut exec = Exec::new(command).timeout(self.deadline);
        if let Some(stdin) = stdin {
            exec = exec.stdin(stdin);
        }
        // A process in a container outlives the call that started it, unless it ends by itself.
        exec = exec.ended_by(self.step.as_str());
        let mut echoed = Echoed::default();
        let mut on_line = |stream: Stream, line: &str| {
            let kept = match stream {
                Stream::Stdout => &mut said.stdout,
                Stream::Stderr => &mut said.stderr,
            };
            keep(kept, line);
            if echo == Echo::Step
                && let Some(line) = echoed.line(line)
            {
                self.echo(line);
            }
        };
        said.code = self.stage.setting.client.exec_lines(container, exec, &mut on_line).await?;
        if let Some(line) = echoed.end() {
            self.echo(line);
        }
        Ok(said)
    }

    fn echo(&self, line: String) {
        // The world, which holds the other end, outlives its actions.
        let _ = self.stage.events.send(Event::Output(self.step.clone(), line));
    }
}

/// A shell command that runs the script that it reads, and keeps nothing of it.
pub(super) fn script_call(arguments: &[String]) -> String {
    let mut call = "f=$(mktemp) && cat > \"$f\" && chmod 700 \"$f\" && { \"$f\"".to_owned();
    for argument in arguments {
        let _ = write!(call, " {}", quote(argument));
    }
    call.push_str("; code=$?; rm -f \"$f\"; exit $code; }");
    call
}

/// A command for a host's console that ends what the step last began there over SSH: asks, and
/// kills two seconds later. It goes by the session that every SSH connection has for itself, and it
/// is root's: what a script does through sudo is beyond the reach of the script's own user.
pub(super) fn end_session(step: &StepId) -> String {
    let file = session_file(step);
    format!(
        "session=$(cat {file} 2>/dev/null) || exit 0; rm -f {file}; pkill -TERM -s $session; \
         n=0; while pgrep -s $session >/dev/null; do n=$((n+1)); \
         [ $n -lt 20 ] || pkill -KILL -s $session; [ $n -lt 40 ] || exit 1; sleep 0.1; done"
    )
}

/// Where a host remembers the session; everybody may write there, and a restart empties it.
fn session_file(step: &StepId) -> String {
    format!("/run/lock/filage-{step}")
}

/// What of a command's output goes into the history: as much as somebody may read.
#[derive(Debug, Default)]
struct Echoed {
    bytes: usize,
    left_out: usize,
}

impl Echoed {
    const MAX_BYTES: usize = 1024 * 1024;

    /// The line, without what would disturb a terminal, unless there were too many before.
    fn line(&mut self, line: &str) -> Option<String> {
        // An empty line takes its place as well.
        self.bytes += line.len() + 1;
        if self.bytes > Self::MAX_BYTES {
            self.left_out += 1;
            return None;
        }
        let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        Some(line.trim_end_matches('\r').chars().map(visible).collect())
    }

    /// What is to be said at the end.
    fn end(&self) -> Option<String> {
        (self.left_out > 0).then(|| format!("({} more lines were not kept)", self.left_out))
    }
}

/// Keeps a line, up to a bound.
fn keep(text: &mut String, line: &str) {
    const MAX_BYTES: usize = 256 * 1024;
    if text.len() + line.len() < MAX_BYTES {
        text.push_str(line);
        text.push('\n');
    }
}

/// A word that a POSIX shell reads back as it is.
pub(super) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{Echoed, quote};

    #[test]
    fn a_script_that_prints_ten_megabytes_does_not_fill_the_history() {
        let mut echoed = Echoed::default();
        let line = "x".repeat(1023);
        let kept = (0..10 * 1024).filter(|_| echoed.line(&line).is_some()).count();
        assert_eq!(kept, 1024);
        assert_eq!(echoed.end().as_deref(), Some("(9216 more lines were not kept)"));
        assert_eq!(Echoed::default().end(), None);
    }

    #[test]
    fn output_cannot_disturb_a_terminal() {
        let line = Echoed::default().line("a\tb\u{1b}[2Jc\r");
        assert_eq!(line.as_deref(), Some("a\tb\u{fffd}[2Jc"));
    }

    #[test]
    fn words_survive_the_shell() {
        for (word, quoted) in [("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")] {
            assert_eq!(quote(word), quoted);
        }
    }
}
