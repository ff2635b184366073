//! What the system says of this process, under the names that Prometheus' own clients use.

use std::fs;

use super::text::Text;

/// Bytes of a page of memory as the kernel counts them.
fn page_bytes() -> f64 {
    u32::try_from(rustix::param::page_size()).map_or(4096.0, f64::from)
}

/// Memory and open files. Where the system says nothing, nothing is written.
pub(super) fn write(text: &mut Text) {
    let memory = fs::read_to_string("/proc/self/statm").ok();
    let resident: Option<f64> = memory.as_deref().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    if let Some(pages) = resident {
        let say = "Memory in use, without the photo child.";
        text.gauge("process_resident_memory_bytes", say, &[(&[], pages * page_bytes())]);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        let open = u32::try_from(open.count()).map_or(0.0, f64::from);
        text.gauge("process_open_fds", "Open files and connections.", &[(&[], open)]);
    }
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    if let Some(most) = most.and_then(|most| u32::try_from(most).ok()) {
        text.gauge("process_max_fds", "How many may be open.", &[(&[], f64::from(most))]);
    }
}
