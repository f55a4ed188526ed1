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

    /// Adds a row, with `None` for the servers that do not do what the row measures.
    pub fn add(&mut self, row: &str, figures: &[Option<f64>]) {
        let mut line = format!("| {row} |");
        for figure in figures {
            _ = match figure {
                Some(figure) if *figure >= 100.0 => write!(line, " {figure:.0} |"),
                Some(figure) => write!(line, " {figure:.2} |"),
                None => write!(line, " – |"),
            };
        }
        let columns = || self.programs.iter().zip(figures);
        let peers =
            columns().filter(|(program, _)| !program.is_ours).filter_map(|(_, figure)| *figure);
        let best = match self.better {
            Better::Higher => peers.reduce(f64::max),
            Better::Lower => peers.reduce(f64::min),
        };
        let mut behind = Vec::new();
        for (program, figure) in columns().filter(|(program, _)| program.is_ours) {
            let (Some(figure), Some(best)) = (figure, best) else {
                line.push_str(" – |");
                continue;
            };
            let ratio = figure / best;
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
