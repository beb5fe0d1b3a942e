//! A panic of the program: exit code 4, and words that tell whose fault it is.

use filage_tests::program;

#[test]
fn a_panic_is_told_as_a_bug_of_the_program_and_ends_with_4() {
    let mut command = program::command();
    let command = command.args(["check", "scenarios/proxgroup"]).env("FILAGE_TEST_BUG", "start");
    let said = program::run(command).with_code(4);
    assert_eq!(said.stdout, "");
    for words in ["a bug in filage, not in your scenario", "report it", "FILAGE_TEST_BUG is start"]
    {
        assert!(said.stderr.contains(words), "`{words}` is not in {}", said.stderr);
    }
}
