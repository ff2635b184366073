//! `cleansheet`: see `cleansheet --help`.

fn main() -> std::process::ExitCode {
    cleansheet::cli::main()
}
