//! Connections that must not compile.

#[test]
fn wrong_connections_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/cases/*.rs");
}
