//! Histories that are written, broken, and read back.

use std::io::{self, Write};

use proptest::prelude::*;
use serde_json::json;

use super::{read::read, *};
use crate::base::Duration;

/// A plan with a step that changes who answers and one that does not.
fn begin() -> Begin {
    let step = |id: &str, verb: serde_json::Value| {
        json!({
            "id": id, "about": "", "needs": [], "on_failure": "stop", "deadline": "1m", "verb": verb,
            "fate": "play",
        })
    };
    let plan = json!({
        "scenario": "tiny", "about": "", "seed": 7, "hosts": {}, "services": {},
        "zone": { "name": "asso.example", "ttl": "1h", "records": [] },
        "probing": { "every": "100ms", "around_changes": "5ms", "deadline": "1s" },
        "steps": [
            step("start", json!({ "start": { "service": "links", "on": "new" } })),
            step("pause", json!({ "wait": { "for": "1h", "why": "" } })),
        ],
        "faults": {}, "budgets": {}, "end_state": {}, "until": null,
    });
    Begin {
        history_version: VERSION,
        run: "r1".to_owned(),
        world: "none".to_owned(),
        notes: vec!["made up".to_owned()],
        addresses: [("new".parse().unwrap(), "10.0.0.2".to_owned())].into_iter().collect(),
        plan: serde_json::from_value::<Plan>(plan).unwrap().into(),
    }
}

fn record(at: u64, what: What) -> Record {
    Record { at: millis(at), what }
}

fn phase(at: u64, phase: Phase) -> Record {
    record(at, What::Phase { phase })
}

fn millis(millis: u64) -> StoryTime {
    StoryTime(millis * 1_000)
}

fn sample_of(service: &str, launched: u64, answer: Answer) -> Sample {
    Sample {
        service: service.parse().unwrap(),
        client: Client::Fresh,
        launched: millis(launched),
        count: 1,
        every_micros: 0,
        host: None,
        answer,
        took_micros: 500,
        detail: if answer.is_bad() { "refused".to_owned() } else { String::new() },
    }
}

fn sample(launched: u64, answer: Answer) -> Record {
    record(launched, What::Sample(sample_of("links", launched, answer)))
}

fn played(step: &str, from: u64, to: u64) -> [Record; 2] {
    let step: StepId = step.parse().unwrap();
    let ended = What::StepEnded {
        step: step.clone(),
        outcome: StepOutcome::Passed,
        detail: "started".to_owned(),
    };
    [record(from, What::StepStarted { step, attempt: 1 }), record(to, ended)]
}

/// A bit of everything.
fn records() -> Vec<Record> {
    let mut records: Vec<_> = (0..10).map(|n| sample(n * 100, Answer::Up)).collect();
    records.push(phase(1_000, Phase::Migrate));
    records.extend((10..20).map(|n| sample(n * 100, Answer::Down)));
    records.extend(played("start", 1_950, 2_050));
    records.push(record(3_602_060, What::Passed { by_micros: 3_600_000_000 }));
    records.push(record(3_602_070, What::EgressUnseen { why: "a \"why\"".to_owned() }));
    records.extend((36_021..36_030).map(|n| sample(n * 100, Answer::Slow)));
    let refused = Refused { who: "new".to_owned(), name: "updates.example".to_owned() };
    records.push(record(3_603_000, What::EgressRefused(refused)));
    let end = What::End { ending: Ending::Complete, detail: String::new() };
    records.push(record(3_604_000, end));
    records
}

fn text(records: &[Record]) -> Vec<u8> {
    let mut text = vec![];
    let mut writer = Writer::new(&mut text);
    writer.begin(&begin()).unwrap();
    records.iter().for_each(|record| writer.record(record).unwrap());
    text
}

fn whole() -> Vec<u8> {
    text(&records())
}

fn history(records: &[Record]) -> History {
    let mut fold = Fold::default();
    fold.begin(&begin()).unwrap();
    records.iter().for_each(|record| fold.record(record).unwrap());
    fold.finish().unwrap()
}

/// The runs of the only track, as `from to answer count widest`, in milliseconds.
fn runs(history: &History) -> Vec<String> {
    let [track] = &history.tracks[..] else { panic!("{:?}", history.tracks) };
    let ms = |moment: StoryTime| moment.0 / 1_000;
    let told = track.runs.iter().map(|run| {
        let widest = run.widest.as_micros() / 1_000;
        format!("{} {} {:?} {} {widest}", ms(run.first), ms(run.last), run.answer, run.count)
    });
    told.collect()
}

#[test]
fn what_is_read_back_is_what_was_folded_live() {
    let read = read(&whole()[..]).unwrap();
    assert_eq!(read, history(&records()));
    assert!(!read.cut);
    assert_eq!(read.last, millis(3_604_000));
    assert_eq!(read.records.len(), 7, "{:?}", read.records);
}

#[test]
fn equal_answers_in_a_row_are_one_run() {
    let samples = |at: u64, answers: &[Answer]| -> Vec<_> {
        answers.iter().zip(0..).map(|(answer, n)| sample(at + n * 100, *answer)).collect()
    };
    use Answer::{Down, NoSample, Up, Wrong};
    let records = [
        samples(0, &[Up, Up, Up, Down, Down, Wrong]),
        vec![phase(600, Phase::Migrate)],
        samples(600, &[Wrong, Up, NoSample, NoSample, Up]),
    ];
    assert_eq!(
        runs(&history(&records.concat())),
        [
            "0 200 Up 3 100",
            "300 400 Down 2 100",
            "500 500 Wrong 1 0",
            "600 600 Wrong 1 0",
            "700 700 Up 1 0",
            "800 900 NoSample 2 100",
            "1000 1000 Up 1 0",
        ]
    );
}

#[test]
fn steps_that_change_who_answers_cut_runs_and_others_do_not() {
    let mut records: Vec<_> = (0..10).map(|n| sample(n * 100, Answer::Up)).collect();
    records.extend(played("pause", 150, 250));
    records.extend(played("start", 450, 650));
    let found = history(&records);
    assert_eq!(runs(&found), ["0 400 Up 5 100", "500 600 Up 2 100", "700 900 Up 3 100"]);
}

#[test]
fn a_step_cuts_no_run_of_those_who_cannot_feel_it() {
    let of_mail = |n: u64| record(n * 100, What::Sample(sample_of("mail", n * 100, Answer::Up)));
    let mut records: Vec<_> = (0..10).map(of_mail).collect();
    records.extend(played("start", 450, 650));
    assert_eq!(runs(&history(&records)), ["0 900 Up 10 100"]);
}

#[test]
fn jumps_of_story_time_are_no_time_unseen_even_if_they_are_told_later() {
    let records = [
        sample(0, Answer::Up),
        sample(3_600_100, Answer::Up),
        record(3_600_000, What::Passed { by_micros: 3_600_000_000 }),
    ];
    assert_eq!(runs(&history(&records)), ["0 3600100 Up 2 100"]);
}

#[test]
fn an_answer_of_another_host_is_another_run() {
    let at = |ms, host: Option<&str>| {
        let host = host.map(|host| host.parse().unwrap());
        record(ms, What::Sample(Sample { host, ..sample_of("links", ms, Answer::Down) }))
    };
    let records = [at(0, Some("old")), at(1, Some("old")), at(2, Some("new")), at(3, None)];
    let history = history(&records);
    let hosts: Vec<_> = history.tracks[0]
        .runs
        .iter()
        .map(|run| run.host.as_ref().map(|host| host.as_str()))
        .collect();
    assert_eq!(hosts, [Some("old"), Some("new"), None]);
}

#[test]
fn an_answer_far_too_late_is_counted_and_not_dropped_in_silence() {
    // With 5 ms around changes and a deadline of 1 s, 6,200 samples wait.
    let mut records: Vec<_> = (1..=6_200).map(|n| sample(n * 5, Answer::Up)).collect();
    records.push(sample(1, Answer::Down));
    assert_eq!(history(&records).tracks[0].misplaced, 0);
    records.insert(0, sample(3, Answer::Up));
    assert_eq!(history(&records).tracks[0].misplaced, 1);
    records.push(phase(4, Phase::Migrate));
    assert_eq!(history(&records).tracks[0].misplaced, 1, "nothing is woven that late");
    records.push(phase(3, Phase::Migrate));
    assert_eq!(history(&records).tracks[0].misplaced, 2);
}

#[test]
fn what_never_stops_changing_is_kept_up_to_a_bound() {
    let answer = |n: u64| if n.is_multiple_of(2) { Answer::Up } else { Answer::Down };
    let count = MOST_RUNS as u64 + 5;
    let records: Vec<_> = (0..count).map(|n| sample(n, answer(n))).collect();
    let history = history(&records);
    assert_eq!(history.tracks[0].runs.len(), MOST_RUNS);
    assert_eq!(history.tracks[0].left_out, 5);
}

#[test]
fn errors_that_are_all_different_are_kept_up_to_a_bound() {
    let record = |n: u64| {
        let mut record = sample(n, if n.is_multiple_of(2) { Answer::Down } else { Answer::Wrong });
        let What::Sample(sample) = &mut record.what else { unreachable!() };
        sample.detail = format!("error {n}");
        record
    };
    let history = history(&(0..5_000).map(record).collect::<Vec<_>>());
    let runs = &history.tracks[0].runs;
    assert_eq!(&*runs[17].last_detail, "error 17");
    assert_eq!(&*runs[4_999].last_detail, "one of very many different errors");
}

#[test]
fn latencies_are_those_of_good_answers_while_downtime_counts() {
    let took = |at: u64, answer, took_micros| {
        record(at, What::Sample(Sample { took_micros, ..sample_of("links", at, answer) }))
    };
    let records = [
        took(0, Answer::Up, 9_000_000),
        phase(1, Phase::Migrate),
        took(2, Answer::Up, 1_000),
        took(3, Answer::Slow, 3_456_789),
        took(4, Answer::Down, 7_000_000),
        phase(5, Phase::Restart),
        took(6, Answer::Up, 8_000_000),
    ];
    let history = history(&records);
    let track = &history.tracks[0];
    assert_eq!((track.latency.len(), track.slowest), (2, Duration::from_micros(3_456_789)));
    assert_eq!(track.latency.at_quantile(0.5), 1_003, "1 ms, to two digits");
}

#[test]
fn a_history_that_breaks_off_at_any_byte_is_its_whole_lines() {
    let whole = whole();
    let ends: Vec<_> = (1..=whole.len()).filter(|at| whole[at - 1] == b'\n').collect();
    for (lines, line) in ends.windows(2).enumerate() {
        let expected = history(&records()[..lines]);
        for length in line[0]..line[1] {
            // What was never written may read as zeros.
            let torn = [&whole[..length], &vec![0; length % 3]].concat();
            let found = read(&torn[..]).unwrap_or_else(|error| panic!("at {length}: {error}"));
            assert_eq!(found, expected, "at {length}");
            assert!(found.cut);
        }
    }
    for length in 0..ends[0] {
        assert!(matches!(read(&whole[..length]), Err(ReadError::Empty)), "at {length}");
    }
    let more = [&whole[..], &[0; 7]].concat();
    assert!(matches!(read(&more[..]), Err(ReadError::AfterEnd { .. })));
}

#[test]
fn zeros_for_pages_that_were_never_written_are_a_cut() {
    let records = records();
    let sound = text(&records[..20]);
    let torn = |tail: &[u8]| read(&[&sound, tail].concat()[..]).map(|read| (read.cut, read.last));
    let expected = (true, history(&records[..20]).last);
    assert_eq!(torn(&[0; 100_000]).unwrap(), expected);
    assert_eq!(torn(b"{\"at_micros\":12,\"ev\0\0\0\0\0\"\n").unwrap(), expected);
    assert_eq!(torn(b"{\"at_mi\0\0\"\n\0\0\0\0\0").unwrap(), expected);
    let hole = [b"\0\0\0\0\"\n".to_vec(), text(&records[20..21])].concat();
    assert!(matches!(torn(&hole), Err(ReadError::Damaged { line: 22, .. })));
}

#[test]
fn a_damaged_line_is_refused_with_its_number_and_what_was_found() {
    let whole = whole();
    let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let told = |at: usize, line: &[u8]| {
        let mut lines = lines.clone();
        lines[at] = line;
        read(&lines.concat()[..]).unwrap_err().to_string()
    };
    insta::assert_snapshot!(told(16, b"{\"at_micros\":12,\"event\":\n"), @r#"line 17 is no record of a history, but `{"at_micros":12,"event":` (EOF while parsing a value, at character 24)"#);
    insta::assert_snapshot!(told(3, b"{\"at_micros\":12,\"event\":\"passed\"}\n"), @r#"line 4 is no record of a history, but `{"at_micros":12,"event":"passed"}` (missing field `by_micros`, at character 33)"#);
    insta::assert_snapshot!(told(4, b"\xff\xfe and \x1b[31m\n"), @r"line 5 is no record of a history, but `�� and \u{1b}[31m` (expected value, at character 1)");
    insta::assert_snapshot!(told(5, b"\n"), @"line 6 is no record of a history, but `` (EOF while parsing a value, at character 0)");
    insta::assert_snapshot!(told(5, [&lines[5][..60], b"\n"].concat().as_slice()), @r#"line 6 is no record of a history, but `{"at_micros":400000,"event":"sample","service":"links","clie…` (EOF while parsing a string, at character 60)"#);
    let impossible = lines[5].to_vec();
    let impossible = String::from_utf8(impossible).unwrap().replace("links", "Links");
    insta::assert_snapshot!(told(5, impossible.as_bytes()), @r#"line 6 is no record of a history, but `{"at_micros":400000,"event":"sample","service":"Links","clie…` (`Links` cannot be a name: expected at most 63 lower-case letters, digits and inner hyphens)"#);
    insta::assert_snapshot!(told(0, b"{\"history_version\":99}\n"), @"history version 99: this program reads version 1");
    insta::assert_snapshot!(told(0, b"{}\n"), @"line 1 is no record of a history, but `{}` (missing field `history_version`, at character 2)");
    let after = [&whole, lines[5]].concat();
    insta::assert_snapshot!(read(&after[..]).unwrap_err(), @r#"line 38 comes after the end of the rehearsal: `{"at_micros":400000,"event":"sample","service":"links","clie…`"#);
    let garbage = [&whole, &b"x"[..]].concat();
    insta::assert_snapshot!(read(&garbage[..]).unwrap_err(), @"line 38 comes after the end of the rehearsal: `x`");
}

#[test]
fn an_escaped_id_reads_as_well() {
    let plain = text(&[sample(1, Answer::Up)]);
    let escaped = String::from_utf8(plain.clone())
        .unwrap()
        .replace(r#""sample","service":"links""#, r#""sample","service":"l\u0069nks","host":null"#);
    assert_ne!(escaped.as_bytes(), plain);
    assert_eq!(read(escaped.as_bytes()).unwrap(), read(&plain[..]).unwrap());
}

/// A disk with an end.
struct Disk {
    written: Vec<u8>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(self.room - self.written.len());
        if length == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.written.extend(&bytes[..length]);
        Ok(length)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn after_a_full_disk_nothing_follows_half_a_line() {
    let (begin, records) = (begin(), records());
    let begun = text(&[]).len();
    let room = begun + 300;
    let mut disk = Disk { written: vec![], room };
    let mut writer = Writer::new(&mut disk);
    writer.begin(&begin).unwrap();
    let failed = records.iter().position(|record| writer.record(record).is_err()).unwrap();
    // Somebody makes room, and the rest of the program does not know.
    assert!(writer.record(&records[0]).is_err());
    assert_eq!(disk.written.len(), room);
    assert_eq!(read(&disk.written[..]).unwrap(), history(&records[..failed]));
}

/// Samples of two services with jumps and phases between them, each with the time of its arrival.
fn arrivals() -> impl Strategy<Value = Vec<(u64, Record)>> {
    let answer = prop_oneof![
        5 => Just(Answer::Up),
        1 => Just(Answer::Slow),
        2 => Just(Answer::Down),
        1 => Just(Answer::Wrong),
        1 => Just(Answer::NoSample),
    ];
    let one = (1u64..2_000, 0u64..1_000, answer, any::<bool>(), 0u8..20);
    prop::collection::vec(one, 1..300).prop_map(|all| {
        let mut now = 0;
        let mut records = vec![];
        for (gap, took, answer, which, what) in all {
            now += gap;
            match what {
                0 => records.push((now, phase(now, Phase::Migrate))),
                1 => records.push((now, phase(now, Phase::Restart))),
                2 => {
                    now += 60_000;
                    let what = What::Passed { by_micros: 60_000_000 };
                    records.push((now + took, record(now, what)));
                }
                _ => {
                    let service = if which { "links" } else { "mail" };
                    let what = What::Sample(sample_of(service, now, answer));
                    records.push((now + took, record(now, what)));
                }
            }
        }
        records
    })
}

proptest! {
    #[test]
    fn the_order_of_answers_does_not_matter(arrivals in arrivals()) {
        let mut tracks = vec![];
        for by_arrival in [false, true] {
            let mut arrivals = arrivals.clone();
            if by_arrival {
                arrivals.sort_by_key(|(arrival, _)| *arrival);
            }
            let records: Vec<_> = arrivals.into_iter().map(|(_, record)| record).collect();
            let folded = history(&records);
            prop_assert_eq!(&read(&text(&records)[..]).unwrap(), &folded);
            tracks.push(folded.tracks);
        }
        prop_assert_eq!(&tracks[0], &tracks[1]);
        prop_assert!(tracks[0].iter().all(|track| track.misplaced == 0));
    }

    #[test]
    fn nothing_that_is_written_over_a_history_makes_reading_panic(
        at in 0usize..4_000, bytes in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let mut torn = whole();
        for (place, byte) in torn.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
        let _ = read(&torn[..]);
    }
}

/// Ranges of equal answers, each 1 ms after the one before, told when the next begins; phases and
/// steps somewhere between, and a jump between two ranges.
fn ranges() -> impl Strategy<Value = Vec<Record>> {
    let answer = prop_oneof![
        4 => Just(Answer::Up), 2 => Just(Answer::Down), 1 => Just(Answer::NoSample),
    ];
    let range = (1..30_u64, 1..20_u64, answer, 0..6_u8, 0..500_u64);
    proptest::collection::vec(range, 1..20).prop_map(|ranges| {
        let mut records = vec![phase(0, Phase::Migrate)];
        let mut at = 1;
        for (count, every, answer, mark, when) in ranges {
            let sample =
                Sample { count, every_micros: every * 1_000, ..sample_of("links", at, answer) };
            let last = at + (count - 1) * every;
            let moment = at + when % (last - at + 1);
            match mark {
                0 => records.push(phase(moment, Phase::Heal)),
                1 => records.push(record(
                    moment,
                    What::StepStarted { step: "start-links".parse().unwrap(), attempt: 1 },
                )),
                _ => {}
            }
            records.push(record(at, What::Sample(sample)));
            at = last + 1;
            if mark == 2 {
                at += 1_000;
                records.push(record(at, What::Passed { by_micros: 1_000_000 }));
            }
        }
        records
    })
}

fn one_by_one(record: &Record) -> Vec<Record> {
    let What::Sample(sample) = &record.what else { return vec![record.clone()] };
    let one = |launched: StoryTime| Record {
        at: launched,
        what: What::Sample(Sample { launched, count: 1, every_micros: 0, ..sample.clone() }),
    };
    sample.launches().map(one).collect()
}

proptest! {
    #[test]
    fn a_range_of_launches_reads_as_the_single_ones(records in ranges()) {
        let singles: Vec<_> = records.iter().flat_map(one_by_one).collect();
        let (told, expected) = (history(&records), history(&singles));
        prop_assert_eq!(&told.tracks, &expected.tracks);
        prop_assert_eq!(told.last, expected.last);
        let mut read_back = read(&*text(&records)).unwrap();
        read_back.cut = told.cut;
        prop_assert_eq!(read_back.tracks, told.tracks);
    }
}
