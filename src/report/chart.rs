//! The geometry of column charts: the templates draw what is worked out here. Sizes are in the units of the picture, whose box is
//! [`WIDTH`] by [`HEIGHT`].

use serde::Serialize;

pub(crate) const WIDTH: u32 = 720;
pub(crate) const HEIGHT: u32 = 220;
/// Where the columns begin and end.
const LEFT: u32 = 40;
const TOP: u32 = 12;
const BOTTOM: u32 = 190;
/// Room for a label below.
const LABEL: u32 = 64;
/// A single column stays narrow.
const WIDEST: u32 = 48;

/// Columns side by side, each a stack of parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ColumnChart {
    pub width: u32,
    pub height: u32,
    pub left: u32,
    pub bottom: u32,
    pub columns: Vec<ChartColumn>,
    pub grid: Vec<GridLine>,
    /// What the parts of a stack are called, from below.
    pub series: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ChartColumn {
    pub x: u32,
    pub middle: u32,
    pub width: u32,
    /// Empty where there is no room for it.
    pub label: String,
    /// What a reader who points at it is told.
    pub says: String,
    pub parts: Vec<ChartPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ChartPart {
    pub series: usize,
    pub y: u32,
    pub height: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GridLine {
    pub y: u32,
    pub label: String,
}

/// A chart of named stacks: for each column its name and the numbers of all series. `most` is what the whole height means;
/// without it the highest stack has it, and room to a round number.
pub(crate) fn columns(series: Vec<String>, stacks: &[(String, Vec<u32>)], most: Option<u32>) -> ColumnChart {
    let highest = stacks.iter().map(|(_, numbers)| numbers.iter().sum::<u32>()).max().unwrap_or(0);
    let top = most.unwrap_or_else(|| round_up(highest));
    let height = |number: u32| (u64::from(number) * u64::from(BOTTOM - TOP) / u64::from(top.max(1))) as u32;
    let step = (WIDTH - LEFT) / u32::try_from(stacks.len().max(1)).unwrap_or(1);
    let width = (step * 3 / 4).clamp(2, WIDEST);
    // Every so many columns there is room for a label.
    let every = LABEL.div_ceil(step.max(1)) as usize;
    let column = |(place, (name, numbers)): (usize, &(String, Vec<u32>))| {
        let x = LEFT + step * u32::try_from(place).unwrap_or(0) + (step.saturating_sub(width)) / 2;
        let mut below = 0;
        let mut parts = Vec::new();
        for (series, number) in numbers.iter().enumerate().filter(|(_, number)| **number > 0) {
            let (low, high) = (height(below), height(below + number));
            parts.push(ChartPart { series, y: BOTTOM - high.min(BOTTOM - TOP), height: (high - low).max(1) });
            below += number;
        }
        let said: Vec<String> = (series.iter().zip(numbers))
            .filter(|(_, number)| **number > 0)
            .map(|(series, number)| format!("{series} {number}"))
            .collect();
        ChartColumn {
            x,
            middle: x + width / 2,
            width,
            label: if place.is_multiple_of(every) { name.clone() } else { String::new() },
            says: format!("{name}: {}", if said.is_empty() { "none".to_owned() } else { said.join(", ") }),
            parts,
        }
    };
    let columns = stacks.iter().enumerate().map(column).collect();
    let grid = [0, top / 2, top].map(|number| GridLine { y: BOTTOM - height(number), label: number.to_string() });
    let mut grid = Vec::from(grid);
    grid.dedup_by(|a, b| a.label == b.label);
    ColumnChart { width: WIDTH, height: HEIGHT, left: LEFT, bottom: BOTTOM, columns, grid, series }
}

/// The next of 2, 4, 10, 20, 40, 100, ...
fn round_up(number: u32) -> u32 {
    let mut scale = 1;
    loop {
        for step in [2, 4, 10] {
            if let Some(round) = step_of(step, scale)
                && round < number
            {
                continue;
            }
            return step_of(step, scale).unwrap_or(u32::MAX);
        }
        scale *= 10;
    }
}

fn step_of(step: u32, scale: u32) -> Option<u32> {
    step.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(stacks: &[(&str, &[u32])]) -> ColumnChart {
        let stacks: Vec<(String, Vec<u32>)> =
            stacks.iter().map(|(name, numbers)| ((*name).to_owned(), numbers.to_vec())).collect();
        columns(vec!["a".into(), "b".into()], &stacks, None)
    }

    #[test]
    fn parts_stand_on_each_other_and_stay_in_the_box() {
        let chart = chart(&[("1", &[30, 10]), ("2", &[0, 0]), ("3", &[1, 0])]);
        let [below, above] = &chart.columns[0].parts[..] else { panic!("{:?}", chart.columns[0]) };
        assert_eq!((below.y + below.height, above.y + above.height), (BOTTOM, below.y));
        assert_eq!(chart.columns[0].says, "1: a 30, b 10");
        assert_eq!((chart.columns[1].says.as_str(), chart.columns[1].parts.len()), ("2: none", 0));
        // What is there is seen.
        assert!(chart.columns[2].parts[0].height >= 1);
        for column in &chart.columns {
            assert!(column.x >= LEFT && column.x + column.width <= WIDTH, "{column:?}");
            assert!(column.parts.iter().all(|part| part.y >= TOP && part.y + part.height <= BOTTOM), "{column:?}");
        }
    }

    #[test]
    fn the_height_is_a_round_number() {
        for (number, expected) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (41, 100), (4_100_000_000, u32::MAX)] {
            assert_eq!(round_up(number), expected, "{number}");
        }
    }

    #[test]
    fn however_many_columns_fit() {
        for count in [0, 1, 60, 400] {
            let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let stacks: Vec<(String, Vec<u32>)> = names.into_iter().map(|name| (name, vec![u32::MAX / 2])).collect();
            let chart = columns(vec!["a".into()], &stacks, None);
            assert!(chart.columns.iter().all(|column| column.x + column.width <= WIDTH), "{count}");
            let labels = chart.columns.iter().filter(|column| !column.label.is_empty()).count();
            assert!(labels <= 11 && (count == 0 || labels > 0), "{count}: {labels}");
        }
    }
}
