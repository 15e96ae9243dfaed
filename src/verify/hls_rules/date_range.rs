//! `EXT-X-DATERANGE`: section 4.3.2.7, bis section 4.4.5.1.

use super::Out;
use super::rule::Rule;
use super::sheet::{Line, Sheet};
use crate::error::Message;
use crate::manifest::playlist::microseconds;
use crate::order;
use crate::time::DateTime;

pub(super) fn check(out: &mut Out, sheet: &Sheet<'_>) {
    let all: Vec<&Line<'_>> = sheet.all("#EXT-X-DATERANGE").collect();
    if let Some(first) = all.first().filter(|_| !sheet.has("#EXT-X-PROGRAM-DATE-TIME")) {
        let message =
            message!("the playlist has date ranges and no EXT-X-PROGRAM-DATE-TIME that they could be placed by");
        sheet.find(out, Rule::DateRangeAlone, first, message);
    }
    let id = |index: usize| all[index].get("ID").unwrap_or_default();
    let mut by_id: Vec<usize> = (0..all.len()).collect();
    order::sort_by_key(&mut by_id, |&index| id(index));
    let mut faults = Vec::new();
    for same in by_id.chunk_by(|&a, &b| id(a) == id(b)) {
        let same: Vec<&Line<'_>> = same.iter().map(|&index| all[index]).collect();
        let found = (0..same.len()).filter_map(|at| Some((same[at], fault(same[at], &same[..at])?)));
        faults.extend(found);
    }
    order::sort_by_key(&mut faults, |(line, _)| line.number);
    for (line, message) in faults {
        sheet.find(out, Rule::DateRange, line, message);
    }
}

/// What is wrong with a date range, of which `before` said something already.
fn fault(line: &Line<'_>, before: &[&Line<'_>]) -> Option<Message> {
    let differs = line.attributes.list.iter().find(|attribute| {
        before.iter().any(|earlier| earlier.get(attribute.name).is_some_and(|value| value != attribute.value))
    });
    if let Some(attribute) = differs {
        return Some(message!(
            "{attribute} is another than the date range of the same ID has before",
            attribute = attribute.name
        ));
    }
    let get = |name: &str| line.get(name).or_else(|| before.iter().find_map(|earlier| earlier.get(name)));
    let date = |name: &str| get(name).and_then(DateTime::parse);
    let Some(start) = get("START-DATE") else { return Some(message!("the date range has no START-DATE")) };
    let ends_on_next = get("END-ON-NEXT").is_some();
    if ends_on_next && get("CLASS").is_none() {
        return Some(message!("END-ON-NEXT stands without a CLASS of which the next would be"));
    }
    if ends_on_next && (get("DURATION").is_some() || get("END-DATE").is_some()) {
        return Some(message!("END-ON-NEXT stands with a DURATION or END-DATE"));
    }
    if let Some(cue) = get("CUE")
        && cue.split(',').any(|word| word == "PRE")
        && cue.split(',').any(|word| word == "POST")
    {
        return Some(message!("CUE says PRE and POST"));
    }
    let (start, end) = (DateTime::parse(start)?, date("END-DATE")?);
    if end.ms < start.ms {
        return Some(message!("END-DATE is before START-DATE"));
    }
    let duration = i64::try_from(get("DURATION").and_then(microseconds)? / 1000).ok()?;
    ((end.ms - start.ms).abs_diff(duration) > 1)
        .then(|| message!("END-DATE is another than START-DATE and DURATION make"))
}
