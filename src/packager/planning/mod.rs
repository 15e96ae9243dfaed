//! Making the plan: from inputs and options to what is written.

mod check;
mod choice;
mod keys;
mod lengths;
mod prepare;
mod sets;
mod source;
mod steps;
mod text;
mod tracks;

use self::prepare::{Prepared, prepare};
use super::options::Options;
use super::plan::{Plan, PlannedPeriod};
use crate::demux::Input;
use crate::error::Result;
use crate::open::Opener;
use crate::segment::Boundaries;

impl Plan {
    /// Plans the packaging of `inputs` as one presentation.
    pub fn new(inputs: Vec<Input>, options: Options) -> Result<Self> {
        let opener = Opener::new(&options.decryption_keys);
        let Prepared { sources, boundaries, mut warnings } = prepare(inputs, &options, &opener)?;
        check::options(&options)?;
        let sets = sets::plan(&sources, &options, &mut warnings)?;
        let (tracks, keys) = tracks::plan(sources, &boundaries, &options, &mut warnings)?;
        let steps = steps::plan(&tracks, &sets)?;
        let periods = plan_periods(&boundaries);
        let plan = Self { options, tracks, sets, periods, keys, opener, steps, warnings };
        let left_out = check::plan(&plan)?;
        Ok(Self { warnings: plan.warnings.into_iter().chain(left_out).collect(), ..plan })
    }
}

fn plan_periods(boundaries: &Boundaries) -> Vec<PlannedPeriod> {
    let starts = boundaries.periods().filter_map(|(first_interval, start, timescale)| {
        let start = u64::try_from(start).ok().filter(|&start| start > 0)?; // the first period starts at 0
        Some(PlannedPeriod { start, timescale, first_interval })
    });
    starts.collect()
}
