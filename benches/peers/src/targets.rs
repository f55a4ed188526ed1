//! The targets that wsparse is measured against.

use crate::groups::common::{Role, Throughput};
use serde::{Serialize, Serializer};

/// The nanoseconds that each subject of one case takes per unit.
#[derive(Serialize)]
pub struct Figures {
    pub group: &'static str,
    pub case: String,
    #[serde(skip)]
    pub throughput: Throughput,
    pub unit: &'static str,
    #[serde(serialize_with = "by_name")]
    pub subjects: Vec<(&'static str, Role, f64)>,
}

fn by_name<S: Serializer>(
    subjects: &[(&'static str, Role, f64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let role = |role| match role {
        Role::Ours => "ours",
        Role::Naive => "naive",
        Role::Limit => "limit",
        Role::Peer => "peer",
        Role::Unequal => "unequal",
    };
    serializer
        .collect_map(subjects.iter().map(|&(name, as_what, time)| (name, (role(as_what), time))))
}

/// A target, and whether it was met.
pub struct Verdict {
    pub bound: String,
    pub holds: bool,
}

impl Figures {
    pub fn ours(&self) -> f64 {
        self.best(Role::Ours).map_or(f64::NAN, |ours| ours.1)
    }

    /// The fastest subject of this role.
    pub fn best(&self, role: Role) -> Option<(&'static str, f64)> {
        let subjects = self.subjects.iter().filter(|subject| subject.1 == role);
        subjects.map(|&(name, _, time)| (name, time)).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The bytes of one call; none where a turn is many calls.
    pub fn bytes(&self) -> Option<u64> {
        match self.throughput {
            Throughput::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The targets for this case, and whether they are met.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let bytes = self.bytes().unwrap_or_default();
        match (self.group, self.case.as_str()) {
            ("unmask/fixed" | "unmask/misaligned", _) if bytes >= 4 << 10 => {
                vec![self.at_most(1.05, Role::Peer), self.at_most(1.0 / 0.95, Role::Limit)]
            }
            // Smaller ones measure how the CPU forwards stores to loads.
            ("unmask/fresh", _) => vec![self.at_most(1.05, Role::Peer)],
            ("unmask/unpredictable", "1-16" | "1-125") => vec![self.at_most(0.35, Role::Peer)],
            ("unmask/unpredictable", "1-64") => vec![self.at_most(0.45, Role::Peer)],
            ("unmask/unpredictable", _) => vec![self.at_most(0.60, Role::Peer)],
            // A case of this size is above the second cache.
            ("copy and mask" | "encode/client", _) if bytes >= 1 << 20 => {
                vec![self.at_most(1.05, Role::Limit)]
            }
            ("copy and mask" | "encode/client", _) if bytes >= 1 << 10 => {
                vec![self.at_most(0.60, Role::Peer)]
            }
            ("decode", "8" | "32" | "1-125, 1000 frames" | "1-125, 60000 frames") => {
                vec![self.at_most(0.25, Role::Peer), self.at_most(1.2, Role::Limit)]
            }
            ("decode", _) => vec![self.at_most(1.0, Role::Peer)],
            ("stream/1500", _) => vec![self.at_most(1.4, Role::Limit)],
            ("stream/64Ki", _) => vec![self.at_most(1.2, Role::Limit)],
            ("header/write", _) => vec![self.at_most(0.7, Role::Peer)],
            ("text/long", _) if bytes < 1000 => Vec::new(),
            ("text/long", case) if case.starts_with("rarely") => {
                vec![self.at_most(1.0, Role::Peer)]
            }
            ("text/long", case) if case.starts_with("ASCII") => {
                vec![self.at_most_of(1.15, "unmask alone")]
            }
            ("text/long", _) => vec![self.at_most_of(1.0, "simdutf alone")],
            ("text/16-125", _) => vec![self.at_most(0.5, Role::Peer)],
            ("text/sparse", _) => vec![self.at_most(1.0, Role::Peer)],
            ("deflate/compress" | "deflate/inflate", case) if case.starts_with("64,") => {
                vec![self.at_most(1.03, Role::Peer)]
            }
            ("deflate/compress" | "deflate/inflate", _) => {
                vec![self.at_most(1.03, Role::Peer), self.at_most(1.1, Role::Limit)]
            }
            ("handshake/server" | "handshake/accept key", _) => {
                vec![self.at_most(1.03, Role::Peer)]
            }
            _ => Vec::new(),
        }
    }

    /// At most `times` as long as the fastest subject of this role.
    fn at_most(&self, times: f64, role: Role) -> Verdict {
        self.bound(times, self.best(role))
    }

    /// At most `times` as long as the subject of this name.
    fn at_most_of(&self, times: f64, name: &str) -> Verdict {
        let subject = self.subjects.iter().find(|subject| subject.0 == name);
        self.bound(times, subject.map(|&(name, _, time)| (name, time)))
    }

    fn bound(&self, times: f64, subject: Option<(&'static str, f64)>) -> Verdict {
        let (name, time) = subject.unwrap_or(("nobody", f64::INFINITY));
        Verdict { bound: format!("{times:.2} x {name}"), holds: self.ours() <= times * time }
    }
}
