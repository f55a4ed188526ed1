//! Charts that can be read without colours: each line has its own marks, and its name at its end.

use crate::groups::common::Role;
use crate::targets::Figures;
use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;
use std::collections::BTreeMap;

/// The kinds of charts, with what they show.
const KINDS: [(&str, &str, &str); 2] = [
    ("unmask", "unmask/fresh", "Unmasking: nanoseconds per payload, by its length in bytes"),
    ("decode", "decode", "Decoding frames: million messages per second, by their length in bytes"),
];

const SIZE: (u32, u32) = (900, 520);
const GREY: RGBColor = RGBColor(150, 150, 150);
/// Told apart by people with any colour vision (Okabe and Ito).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

pub fn title(kind: &str) -> &'static str {
    KINDS.iter().find(|(name, ..)| *name == kind).map_or("", |(.., title)| title)
}

/// Returns a kind and an SVG for each chart whose group was measured.
pub fn of(rows: &[Figures]) -> Vec<(&'static str, String)> {
    let charts = KINDS.iter().filter_map(|&(kind, group, title)| {
        let rows: Vec<_> = rows.iter().filter(|row| row.group == group).collect();
        let lines = lines(&rows, kind == "decode");
        // A filter may have left nothing to compare.
        (lines.iter().any(|line| line.points.len() > 1)).then(|| (kind, chart(title, &lines)))
    });
    charts.collect()
}

struct Line {
    name: &'static str,
    role: Role,
    points: Vec<(f64, f64)>,
}

fn lines(rows: &[&Figures], per_second: bool) -> Vec<Line> {
    let mut lines = BTreeMap::<&str, Line>::new();
    let mut last = 0.0;
    for row in rows {
        // Marks that are too close cannot be told apart.
        let Some(size) = size(&row.case).filter(|size| *size >= last * 1.2) else { continue };
        last = size;
        for &(name, role, time) in &row.subjects {
            if role == Role::Naive {
                continue;
            }
            let value = if per_second { 1000.0 / time } else { time };
            let line = lines.entry(name).or_insert(Line { name, role, points: Vec::new() });
            line.points.push((size, value));
        }
    }
    lines.into_values().collect()
}

/// The size that the name of a case states, such as "1Ki", if it is no more than that.
fn size(case: &str) -> Option<f64> {
    let units = [("Ki", 1024.0), ("Mi", 1024.0 * 1024.0), ("", 1.0)];
    units.iter().find_map(|(suffix, unit)| {
        Some(case.strip_suffix(suffix)?.parse::<u32>().ok()? as f64 * unit)
    })
}

fn chart(title: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let (left, right) = range(points().map(|point| point.0));
    let (bottom, top) = range(points().map(|point| point.1));
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    let drawn = (|| {
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .margin_right(150)
            .x_label_area_size(30)
            .y_label_area_size(60)
            .build_cartesian_2d((left..right).log_scale(), (bottom / 1.2..top * 1.2).log_scale())?;
        chart.configure_mesh().light_line_style(WHITE).draw()?;
        // From top to bottom, so that names that would overlap are moved apart.
        let mut lines: Vec<_> = lines.iter().filter(|line| !line.points.is_empty()).collect();
        lines.sort_by(|a, b| last(b).1.total_cmp(&last(a).1));
        let mut above = i32::MIN;
        for (n, line) in lines.iter().enumerate() {
            let colour = match line.role {
                Role::Ours => BLACK,
                Role::Limit | Role::Unequal => GREY,
                _ => COLOURS[n % COLOURS.len()],
            };
            let style = colour.stroke_width(if line.role == Role::Ours { 3 } else { 1 });
            let points = line.points.iter().copied();
            if line.role == Role::Limit {
                chart.draw_series(DashedLineSeries::new(points, 6, 4, style))?;
            } else {
                chart.draw_series(LineSeries::new(points, style))?;
            }
            for &point in &line.points {
                match n % 4 {
                    0 => chart.draw_series([Circle::new(point, 4, colour.filled())])?,
                    1 => chart.draw_series([TriangleMarker::new(point, 5, colour.filled())])?,
                    2 => chart.draw_series([Cross::new(point, 4, colour)])?,
                    _ => chart.draw_series([Circle::new(point, 4, colour)])?,
                };
            }
            let (x, y) = chart.backend_coord(&last(line));
            let y = y.max(above.saturating_add(15));
            above = y;
            area.draw(&Text::new(
                line.name,
                (x + 8, y - 7),
                ("sans-serif", 13).into_font().color(&colour),
            ))?;
        }
        area.present()
    })();
    drop(area);
    drawn.expect("a string can be written to");
    svg
}

fn last(line: &Line) -> (f64, f64) {
    line.points.last().copied().unwrap_or_default()
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| (low.min(value), high.max(value)))
}
