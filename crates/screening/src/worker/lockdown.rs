//! A child takes from itself what it does not need: memory, time, files, the network, other programs.
//!
//! Three walls. *Limits* on memory, processor time and open files. *Landlock*: no file, no connection, no signal to
//! others; where the kernel has no Landlock the next wall has to do. *Seccomp*: a short list of system calls; anything else
//! fails, and what only an attacker would try ends the process. Without the first and the third nothing is read.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Why a child is not locked down; it must not read a byte.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unprotected {
    #[error("a limit could not be set: {0}")]
    Limits(#[from] rustix::io::Errno),
    #[error("Landlock refused: {0}")]
    Landlock(#[from] landlock::RulesetError),
    #[error("seccomp refused: {0}")]
    Seccomp(#[from] seccompiler::Error),
    #[error("this processor has no list of system calls")]
    Processor,
}

/// Address space, processor seconds and open files that a child may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) memory_bytes: u64,
    /// None for a child that works for many photos; its parent keeps the time.
    pub(crate) processor_seconds: Option<u64>,
    pub(crate) files: u64,
}

/// What the decoder needs: the largest progressive JPEG with its coefficients, and the picture made of it.
pub(crate) const DECODER: Limits = Limits { memory_bytes: 768 << 20, processor_seconds: Some(10), files: 16 };

/// What the models need: the runtime, the weights, and the largest look.
pub(crate) const MODELS: Limits = Limits { memory_bytes: 3 << 30, processor_seconds: None, files: 64 };

/// System calls that reading, writing, computing and ending need.
const NEEDED: [&str; 26] = [
    "brk",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "exit",
    "exit_group",
    "fstat",
    "futex",
    "getcpu",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mremap",
    "munmap",
    "read",
    "readv",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "sigaltstack",
    "write",
    "writev",
];

/// Needed as well, but never for memory that can be executed (the third argument's bit 4).
const NEEDED_FOR_DATA: [&str; 2] = ["mmap", "mprotect"];

/// What nothing in here would ever try: the process ends.
const NEVER: [&str; 14] = [
    "accept4",
    "bind",
    "clone",
    "clone3",
    "connect",
    "execve",
    "execveat",
    "io_uring_setup",
    "listen",
    "memfd_create",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "socket",
];

/// Sets the limits of this process and of nothing else.
pub(crate) fn limit(limits: Limits) -> Result<(), Unprotected> {
    let to = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, to(0))?;
    setrlimit(Resource::Fsize, to(0))?;
    setrlimit(Resource::Nofile, to(limits.files))?;
    setrlimit(Resource::As, to(limits.memory_bytes))?;
    if let Some(seconds) = limits.processor_seconds {
        // The first limit ends it with a signal of its own, which tells a slow photo from a child that others have killed.
        setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?;
    }
    Ok(())
}

/// Gives up every file, connection and signal. False where the kernel has no Landlock.
pub(crate) fn give_up_files() -> Result<bool, Unprotected> {
    use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus, Scope};
    let newest = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// From here on every thread of this process can read, write, compute and end.
pub(crate) fn give_up_system_calls() -> Result<(), Unprotected> {
    let rules: Vec<serde_json::Value> = NEEDED
        .iter()
        .map(|name| serde_json::json!({ "syscall": name }))
        .chain(NEEDED_FOR_DATA.iter().map(|name| {
            let not_executable =
                serde_json::json!({ "index": 2, "type": "dword", "op": { "masked_eq": 4 }, "val": 0 });
            serde_json::json!({ "syscall": name, "args": [not_executable] })
        }))
        .collect();
    let never: Vec<serde_json::Value> =
        NEVER.iter().map(|name| serde_json::json!({ "syscall": name })).collect();
    const NOT_PERMITTED: u32 = 1;
    let filters = serde_json::json!({
        "needed": { "mismatch_action": { "errno": NOT_PERMITTED }, "match_action": "allow", "filter": rules },
        "never": { "mismatch_action": "allow", "match_action": "kill_process", "filter": never },
    });
    let processor = std::env::consts::ARCH.try_into().map_err(|_| Unprotected::Processor)?;
    let programs = seccompiler::compile_from_json(filters.to_string().as_bytes(), processor)?;
    // The kernel takes the strictest answer of both; the first one put in place still has to let the second in.
    for name in ["never", "needed"] {
        let program = programs.get(name).ok_or(Unprotected::Processor)?;
        seccompiler::apply_filter_all_threads(program)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::ExitStatusExt as _,
        process::{Command, ExitStatus},
    };

    /// Runs one of the tests below in a process of its own, because nothing can be given back.
    fn alone(test: &str) -> ExitStatus {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--test-threads=1"])
            .env("CLEANSHEET_LOCK_DOWN", "1")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap()
    }

    fn is_the_child() -> bool {
        std::env::var_os("CLEANSHEET_LOCK_DOWN").is_some()
    }

    fn locked() {
        super::limit(super::DECODER).unwrap();
        super::give_up_files().unwrap();
        super::give_up_system_calls().unwrap();
    }

    const SIGSYS: i32 = 31;

    #[test]
    fn a_locked_child_can_still_compute() {
        if is_the_child() {
            locked();
            let sum: u64 = vec![1_u64; 1 << 20].iter().sum();
            std::process::exit(i32::from(sum != 1 << 20));
        }
        assert!(alone("worker::lockdown::tests::a_locked_child_can_still_compute").success());
    }

    #[test]
    fn a_locked_child_can_open_nothing() {
        if is_the_child() {
            locked();
            let refused = std::fs::read("/proc/self/status").is_err()
                && std::fs::File::open("/").is_err()
                && std::fs::write("/tmp/out", b"x").is_err();
            std::process::exit(i32::from(!refused));
        }
        assert!(alone("worker::lockdown::tests::a_locked_child_can_open_nothing").success());
    }

    #[test]
    fn landlock_alone_keeps_files_shut_where_the_kernel_has_it() {
        if is_the_child() {
            let enforced = super::give_up_files().unwrap();
            std::process::exit(i32::from(enforced != std::fs::read("/proc/self/status").is_err()));
        }
        assert!(
            alone("worker::lockdown::tests::landlock_alone_keeps_files_shut_where_the_kernel_has_it")
                .success()
        );
    }

    #[test]
    fn a_locked_child_that_wants_the_network_ends() {
        if is_the_child() {
            locked();
            let _ = std::net::TcpStream::connect("127.0.0.1:9");
            std::process::exit(0);
        }
        let ended = alone("worker::lockdown::tests::a_locked_child_that_wants_the_network_ends");
        assert_eq!(ended.signal(), Some(SIGSYS));
    }

    #[test]
    fn a_locked_child_that_starts_a_program_ends() {
        if is_the_child() {
            locked();
            let _ = Command::new("/bin/true").status();
            std::process::exit(0);
        }
        let ended = alone("worker::lockdown::tests::a_locked_child_that_starts_a_program_ends");
        assert_eq!(ended.signal(), Some(SIGSYS));
    }

    #[test]
    fn a_locked_child_gets_no_more_memory_than_its_share() {
        if is_the_child() {
            locked();
            let mut too_much: Vec<u8> = Vec::new();
            std::process::exit(i32::from(too_much.try_reserve_exact(1 << 30).is_ok()));
        }
        assert!(
            alone("worker::lockdown::tests::a_locked_child_gets_no_more_memory_than_its_share").success()
        );
    }
}
