//! Commands inside containers.
//!
//! The engine offers no way to end a command: one whose future is dropped, or that is given up,
//! goes on inside the container. [`Exec::ended_by`] makes a command that ends by itself when its
//! time is over, and that [`Client::end`] can end before.

use std::{pin::pin, time::Duration};

use bollard::{container::LogOutput, exec::StartExecResults, models::ExecConfig};
use bytes::Bytes;
use futures_util::{
    Stream as Chunks, StreamExt,
    stream::{self, BoxStream},
};
use tokio::io::AsyncWriteExt;

use super::{Client, ClientError, refused};

/// The most that a command may print where the whole is wanted, each stream for itself.
const MAX_OUTPUT: usize = 64 << 20;
/// The most of a line that is passed on; the rest of it is dropped.
const MAX_LINE: usize = 16 << 10;
/// How long a command may take when nobody says.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How many words [`Exec::ended_by`] puts in front of a command.
const WRAP: usize = 7;
/// How long after its streams have ended a command is asked whether it has ended as well.
const EXIT_POLL: Duration = Duration::from_millis(10);

/// A command to be run inside a container, as its root user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// Program and arguments.
    pub command: Vec<String>,
    /// What it reads; nothing, not even an end, when `None`.
    pub stdin: Option<Vec<u8>>,
    /// When it is given up.
    pub timeout: Duration,
}

/// What a command printed and ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<Printed = String> {
    /// Its exit code.
    pub code: i64,
    /// Standard output; where it is a text, with what is no UTF-8 replaced.
    pub stdout: Printed,
    /// Standard error, with what is no UTF-8 replaced.
    pub stderr: String,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Exec {
    /// A command without input that may take a minute.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        let command = command.into_iter().map(Into::into).collect();
        Self { command, stdin: None, timeout: TIMEOUT }
    }

    /// With this to read, and then an end.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// With another time after which it is given up.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// So that it ends, with all that it started in its process group, when its time is over or
    /// [`Client::end`] is called with the same `token`. Needs `sh` and `timeout` in the container.
    /// To be called last: it wraps the command as it is now, with the time that it has now.
    #[must_use]
    pub fn ended_by(mut self, token: &str) -> Self {
        let seconds = self.timeout.as_secs_f64().to_string();
        let script = format!("echo $PPID > {}; exec \"$@\"", pid_file(token));
        let wrap: [_; WRAP] = ["timeout", "--kill-after=2", &seconds, "sh", "-c", &script, "sh"];
        self.command.splice(0..0, wrap.map(str::to_owned));
        self
    }

    /// The command as its author wrote it.
    fn shown(&self) -> String {
        let wrapped = self.command.get(1).is_some_and(|word| word == "--kill-after=2");
        self.command[if wrapped { WRAP } else { 0 }..].join(" ")
    }

    fn take_stdin(&mut self) -> Input {
        let bytes = Bytes::from(self.stdin.take()?);
        Some(stream::iter([Ok(bytes)]).boxed())
    }
}

impl<Printed> Output<Printed> {
    /// Whether the command ended with 0.
    pub fn is_success(&self) -> bool {
        self.code == 0
    }
}

impl Client {
    /// Runs a command and gives all that it printed, at most 64 MiB a stream.
    pub async fn exec(&self, container: &str, mut exec: Exec) -> Result<Output, ClientError> {
        let input = exec.take_stdin();
        self.collected(container, exec, input).await
    }

    /// The same, for a command that prints no text.
    pub async fn exec_bytes(
        &self,
        container: &str,
        mut exec: Exec,
    ) -> Result<Output<Vec<u8>>, ClientError> {
        let input = exec.take_stdin();
        self.collected_bytes(container, exec, input).await
    }

    /// Runs a command and passes on each line as it comes, without its end, at most 16 KiB of it;
    /// gives the exit code.
    pub async fn exec_lines(
        &self,
        container: &str,
        mut exec: Exec,
        on_line: &mut (dyn FnMut(Stream, &str) + Send),
    ) -> Result<i64, ClientError> {
        let (mut stdout, mut stderr) = (Lines::default(), Lines::default());
        let input = exec.take_stdin();
        let code = self
            .bounded(container, exec, input, &mut |from, chunk| {
                let lines = if from == Stream::Stdout { &mut stdout } else { &mut stderr };
                lines.push(chunk, &mut |line| on_line(from, line));
                true
            })
            .await?;
        stdout.finish(&mut |line| on_line(Stream::Stdout, line));
        stderr.finish(&mut |line| on_line(Stream::Stderr, line));
        Ok(code)
    }

    /// Runs a command that reads a stream; its own standard input is not looked at.
    pub async fn exec_from(
        &self,
        container: &str,
        exec: Exec,
        input: impl Chunks<Item = Result<Bytes, ClientError>> + Send + 'static,
    ) -> Result<Output, ClientError> {
        self.collected(container, exec, Some(input.boxed())).await
    }

    /// Ends the command that was made with [`Exec::ended_by`] and this token: asks it, and kills
    /// it two seconds later. One that has ended, or has not begun, is fine.
    pub async fn end(&self, container: &str, token: &str) -> Result<(), ClientError> {
        let script = format!("kill -TERM \"$(cat {0})\" 2>/dev/null; rm -f {0}", pid_file(token));
        let exec = Exec::new(["sh", "-c", &script]).timeout(Duration::from_secs(10));
        self.exec(container, exec).await.map(|_| ())
    }

    async fn collected(
        &self,
        container: &str,
        exec: Exec,
        input: Input,
    ) -> Result<Output, ClientError> {
        let Output { code, stdout, stderr } = self.collected_bytes(container, exec, input).await?;
        Ok(Output { code, stdout: text(&stdout), stderr })
    }

    async fn collected_bytes(
        &self,
        container: &str,
        exec: Exec,
        input: Input,
    ) -> Result<Output<Vec<u8>>, ClientError> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let code = self
            .bounded(container, exec, input, &mut |from, chunk| {
                let whole = if from == Stream::Stdout { &mut stdout } else { &mut stderr };
                whole.extend_from_slice(chunk);
                whole.len() <= MAX_OUTPUT
            })
            .await?;
        Ok(Output { code, stdout, stderr: text(&stderr) })
    }

    async fn bounded(
        &self,
        container: &str,
        exec: Exec,
        input: Input,
        on_chunk: OnChunk<'_>,
    ) -> Result<i64, ClientError> {
        let timed_out = ClientError::TimedOut {
            container: container.to_owned(),
            command: exec.shown(),
            after: exec.timeout,
        };
        let timeout = exec.timeout;
        tokio::time::timeout(timeout, self.attached(container, exec, input, on_chunk))
            .await
            .unwrap_or(Err(timed_out))
    }

    async fn attached(
        &self,
        container: &str,
        exec: Exec,
        input: Input,
        on_chunk: OnChunk<'_>,
    ) -> Result<i64, ClientError> {
        let command = exec.shown();
        let failed = |source| refused(format!("run `{command}` in `{container}`"), source);
        let config = ExecConfig {
            attach_stdin: Some(input.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(exec.command),
            ..<_>::default()
        };
        let id = self.docker.create_exec(container, config).await.map_err(failed)?.id;
        let started = self.docker.start_exec(&id, None).await.map_err(failed)?;
        let StartExecResults::Attached { mut output, input: mut pipe } = started else {
            unreachable!("only a detached command has no streams");
        };
        let write = async {
            let Some(mut input) = input else { return Ok(()) };
            while let Some(chunk) = input.next().await {
                // A command that does not read to the end is no mistake: its exit code tells.
                if pipe.write_all(&chunk?).await.is_err() {
                    return Ok(());
                }
            }
            let _ = pipe.shutdown().await;
            Ok(())
        };
        let read = async {
            while let Some(chunk) = output.next().await {
                let (from, bytes) = match chunk.map_err(failed)? {
                    LogOutput::StdErr { message } => (Stream::Stderr, message),
                    LogOutput::StdOut { message }
                    | LogOutput::StdIn { message }
                    | LogOutput::Console { message } => (Stream::Stdout, message),
                };
                if !on_chunk(from, &bytes) {
                    let (container, command) = (container.to_owned(), command.clone());
                    return Err(ClientError::TooMuchOutput {
                        container,
                        command,
                        limit: MAX_OUTPUT,
                    });
                }
            }
            self.exit_code(&id).await.map_err(failed)
        };
        // The end of the output ends it all: a command may leave its input unread.
        let (mut write, mut read) = (pin!(write), pin!(read));
        tokio::select! {
            code = &mut read => code,
            written = &mut write => { written?; read.await }
        }
    }

    /// The code, once the command has ended; bounded by the caller.
    async fn exit_code(&self, id: &str) -> Result<i64, bollard::errors::Error> {
        loop {
            let found = self.docker.inspect_exec(id).await?;
            if let (Some(false), Some(code)) = (found.running, found.exit_code) {
                return Ok(code);
            }
            tokio::time::sleep(EXIT_POLL).await;
        }
    }
}

type Input = Option<BoxStream<'static, Result<Bytes, ClientError>>>;
type OnChunk<'a> = &'a mut (dyn FnMut(Stream, &[u8]) -> bool + Send);

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn pid_file(token: &str) -> String {
    assert!(
        token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        "`{token}` stands in a shell command"
    );
    format!("/run/filage-exec-{token}")
}

/// Makes lines of chunks.
#[derive(Debug, Default)]
struct Lines {
    partial: Vec<u8>,
    begun: bool,
}

impl Lines {
    fn push(&mut self, chunk: &[u8], on_line: &mut dyn FnMut(&str)) {
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = MAX_LINE - self.partial.len();
            self.partial.extend_from_slice(&part[..part.len().min(room)]);
            self.begun |= !part.is_empty();
            if parts.peek().is_some() {
                self.begun = true;
                self.finish(on_line);
            }
        }
    }

    fn finish(&mut self, on_line: &mut dyn FnMut(&str)) {
        if std::mem::take(&mut self.begun) {
            let line = std::mem::take(&mut self.partial);
            on_line(String::from_utf8_lossy(&line).trim_end_matches('\r'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&str]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for chunk in chunks {
            lines.push(chunk.as_bytes(), &mut |line| found.push(line.to_owned()));
        }
        lines.finish(&mut |line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn lines_are_found_wherever_chunks_end() {
        assert_eq!(lines(&["one\ntw", "o\n", "\nlast"]), ["one", "two", "", "last"]);
        assert_eq!(lines(&["one\r\n"]), ["one"]);
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let long = "x".repeat(3 * MAX_LINE);
        let found = lines(&[&long, &long, "\nnext\n"]);
        assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
    }

    #[test]
    fn a_command_that_can_be_ended_is_wrapped_once_and_keeps_its_arguments() {
        let exec = Exec::new(["echo", "a b"]).timeout(Duration::from_millis(1500)).ended_by("s-1");
        assert_eq!(exec.shown(), "echo a b");
        insta::assert_snapshot!(exec.command.join(" | "), @r#"timeout | --kill-after=2 | 1.5 | sh | -c | echo $PPID > /run/filage-exec-s-1; exec "$@" | sh | echo | a b"#);
    }
}
