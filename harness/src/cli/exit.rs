//! Exit codes, and failures on their way to one.

use std::process::ExitCode;

use crate::check::Ruling;

/// How the program ends. Other people's CI depends on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is as it must be.
    Pass = 0,
    /// A promise was seen to be broken.
    Fail = 1,
    /// The scenario or the arguments are wrong.
    BadInput = 2,
    /// Not seen well enough, or no world.
    Unknown = 3,
    /// We are wrong.
    Bug = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Ruling> for Exit {
    fn from(ruling: Ruling) -> Self {
        match ruling {
            Ruling::Pass => Self::Pass,
            Ruling::Unknown => Self::Unknown,
            Ruling::Fail => Self::Fail,
        }
    }
}

/// Why a command has no result.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    report: miette::Report,
}

impl Failure {
    /// The user can mend it.
    pub(super) fn bad_input(report: impl Into<miette::Report>) -> Self {
        Self { exit: Exit::BadInput, report: report.into() }
    }

    /// The machine does not allow it.
    pub(super) fn no_world(report: impl Into<miette::Report>) -> Self {
        Self { exit: Exit::Unknown, report: report.into() }
    }

    /// The reason alone.
    pub(super) fn summary(&self) -> String {
        self.report.to_string()
    }

    /// Says why on standard error.
    pub(super) fn tell(self) -> Exit {
        eprintln!("{:?}", self.report);
        self.exit
    }
}

/// Turns any error into a report with its causes and, where there is something to do, a hint.
pub(super) fn report(
    error: impl std::error::Error + Send + Sync + 'static,
    hint: Option<&str>,
) -> miette::Report {
    let mut causes = vec![];
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let mut text = error.to_string();
    for cause in causes {
        text.push_str(": ");
        text.push_str(&cause);
    }
    let mut diagnostic = miette::MietteDiagnostic::new(text);
    diagnostic.help = hint.map(str::to_owned);
    diagnostic.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rulings_have_their_documented_codes() {
        let codes = [Ruling::Pass, Ruling::Fail, Ruling::Unknown].map(|r| Exit::from(r) as u8);
        assert_eq!(codes, [0, 1, 3]);
        assert_eq!([Exit::BadInput as u8, Exit::Bug as u8], [2, 4]);
    }
}
