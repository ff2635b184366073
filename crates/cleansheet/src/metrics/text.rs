//! Prometheus' text format: `# HELP`, `# TYPE`, then the samples of a family together.

use std::collections::BTreeMap;

/// Names and values of a sample's labels.
pub(super) type Labels<'l> = [(&'l str, &'l str)];

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Text {
    families: BTreeMap<&'static str, Family>,
}

#[derive(Debug)]
struct Family {
    kind: &'static str,
    say: &'static str,
    samples: String,
}

impl Text {
    /// A value that goes up and down, all its samples at once.
    pub(super) fn gauge(&mut self, name: &'static str, say: &'static str, samples: &[(&Labels<'_>, f64)]) {
        for (labels, value) in samples {
            self.one_of(name, say, labels, *value);
        }
    }

    /// One sample of a value that goes up and down.
    pub(super) fn one_of(&mut self, name: &'static str, say: &'static str, labels: &Labels<'_>, value: f64) {
        self.family(name, "gauge", say, &format!("{name}{} {value}\n", braces(labels, None)));
    }

    /// One sample of a value that only grows.
    pub(super) fn count(&mut self, name: &'static str, say: &'static str, labels: &Labels<'_>, value: u64) {
        self.family(name, "counter", say, &format!("{name}{} {value}\n", braces(labels, None)));
    }

    /// One histogram.
    ///
    /// - `parts`: how many were within each end, how many there were, and their sum.
    pub(super) fn histogram(
        &mut self,
        name: &'static str,
        say: &'static str,
        labels: &Labels<'_>,
        ends: &[f64],
        parts: (&[u64], u64, f64),
    ) {
        let (within, count, sum) = parts;
        let mut lines = String::new();
        for (end, times) in ends.iter().zip(within) {
            let line = format!("{name}_bucket{} {times}\n", braces(labels, Some(&end.to_string())));
            lines.push_str(&line);
        }
        let plain = braces(labels, None);
        lines.push_str(&format!("{name}_bucket{} {count}\n", braces(labels, Some("+Inf"))));
        lines.push_str(&format!("{name}_sum{plain} {sum}\n{name}_count{plain} {count}\n"));
        self.family(name, "histogram", say, &lines);
    }

    fn family(&mut self, name: &'static str, kind: &'static str, say: &'static str, lines: &str) {
        let new = || Family { kind, say, samples: String::new() };
        self.families.entry(name).or_insert_with(new).samples.push_str(lines);
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        let mut page = String::new();
        for (name, Family { kind, say, samples }) in self.families {
            page.push_str(&format!("# HELP {name} {say}\n# TYPE {name} {kind}\n{samples}"));
        }
        page
    }
}

/// `{a="b",le="0.1"}`, or nothing.
fn braces(labels: &Labels<'_>, le: Option<&str>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .copied()
        .chain(le.map(|end| ("le", end)))
        .map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}
