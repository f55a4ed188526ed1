//! Tables in Markdown.

use crate::process::Program;
use std::fmt::Write;

/// A ratio this near to 1 counts as equal.
const EQUAL: f64 = 0.97;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
}

/// One table: a line for each row, a column for each server.
pub struct Table<'a> {
    title: &'static str,
    better: Better,
    programs: &'a [&'static Program],
    lines: Vec<String>,
    /// The number of rows in which a peer is better than one of our servers.
    behind: usize,
}

impl<'a> Table<'a> {
    pub const fn new(
        title: &'static str,
        better: Better,
        programs: &'a [&'static Program],
    ) -> Self {
        Self { title, better, programs, lines: Vec::new(), behind: 0 }
    }

    /// Adds a row, with the figures of each turn of each server. A server that does not do what the row
    /// measures has none.
    ///
    /// A ratio is the median of those of the turns, because a machine may change its speed between them.
    pub fn add(&mut self, row: &str, turns: &[Vec<f64>]) {
        let mut line = format!("| {row} |");
        for turns in turns {
            _ = match median(turns.clone()) {
                Some(figure) if figure >= 100.0 => write!(line, " {figure:.0} |"),
                Some(figure) => write!(line, " {figure:.2} |"),
                None => write!(line, " – |"),
            };
        }
        let columns = || self.programs.iter().zip(turns);
        let peers = columns().filter(|(program, turns)| !program.is_ours && !turns.is_empty());
        let by_median = |a: &&Vec<f64>, b: &&Vec<f64>| {
            f64::total_cmp(&median(a.to_vec()).unwrap(), &median(b.to_vec()).unwrap())
        };
        let peers = peers.map(|(_, turns)| turns);
        let best = match self.better {
            Better::Higher => peers.max_by(by_median),
            Better::Lower => peers.min_by(by_median),
        };
        let mut behind = Vec::new();
        for (program, turns) in columns().filter(|(program, _)| program.is_ours) {
            let best = best.into_iter().flatten();
            let Some(ratio) = median(turns.iter().zip(best).map(|(ours, best)| ours / best)) else {
                line.push_str(" – |");
                continue;
            };
            let is_ahead = match self.better {
                Better::Higher => ratio >= EQUAL,
                Better::Lower => ratio <= 1.0 / EQUAL,
            };
            _ = write!(line, " {ratio:.2} |");
            if !is_ahead {
                behind.push(program.name);
            }
        }
        let verdict =
            if behind.is_empty() { "ok".into() } else { format!("BEHIND: {}", behind.join(", ")) };
        self.behind += usize::from(!behind.is_empty());
        _ = write!(line, " {verdict} |");
        self.lines.push(line);
    }

    pub fn print(&self) {
        if self.lines.is_empty() {
            return;
        }
        println!("\n### {}", self.title);
        let names = self.programs.iter().map(|program| program.name.to_owned());
        let ours = self.programs.iter().filter(|program| program.is_ours);
        let ratios = ours.map(|program| format!("{} ÷ best peer", program.name));
        let head: Vec<_> = names.chain(ratios).chain(["verdict".to_owned()]).collect();
        println!("| | {} |", head.join(" | "));
        println!("|---|{}", "---|".repeat(head.len()));
        self.lines.iter().for_each(|line| println!("{line}"));
        println!("\nBehind in {} of {} rows.", self.behind, self.lines.len());
    }
}

fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let upper = figures.get(figures.len() / 2)?;
    Some((figures[(figures.len() - 1) / 2] + upper) / 2.0)
}
