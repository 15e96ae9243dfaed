//! Times on a track's own scale.

/// Ticks of a track's timescale. Signed: a presentation time before an edit is applied may be negative.
pub type Ticks = i64;

/// `ticks` of timescale `from` on timescale `to`, rounded down.
///
/// Exact over the whole range of a 64-bit media time: the product is taken in 128 bits. A timescale
/// of 0 is refused where it is read, so it can't occur here.
pub fn rescale(ticks: Ticks, from: u32, to: u32) -> Ticks {
    let product = i128::from(ticks) * i128::from(to);
    Ticks::try_from(product.div_euclid(i128::from(from.max(1)))).unwrap_or(Ticks::MAX)
}

/// As [`rescale`], rounded to the nearest tick.
pub fn rescale_nearest(ticks: Ticks, from: u32, to: u32) -> Ticks {
    let product = 2 * i128::from(ticks) * i128::from(to) + i128::from(from);
    Ticks::try_from(product.div_euclid(2 * i128::from(from.max(1)))).unwrap_or(Ticks::MAX)
}

/// The greatest common divisor; 1 where both are 0.
pub fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// Whether `a` of timescale `a_scale` comes before `b` of timescale `b_scale`.
pub fn is_before(a: Ticks, a_scale: u32, b: Ticks, b_scale: u32) -> bool {
    i128::from(a) * i128::from(b_scale) < i128::from(b) * i128::from(a_scale)
}

/// Seconds as a decimal number, for people and for attributes that take one.
pub fn seconds(ticks: Ticks, timescale: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a duration in seconds is shown to microseconds at most")]
    let value = ticks as f64 / f64::from(timescale);
    value
}

/// `h:mm:ss.mmm`, as messages name a time.
pub fn clock(ticks: Ticks, timescale: u32) -> String {
    let milliseconds = rescale(ticks, timescale, 1000);
    let (sign, ms) = if milliseconds < 0 { ("-", -milliseconds) } else { ("", milliseconds) };
    format!("{sign}{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

/// A date with its time, to the millisecond, in a time zone (ISO 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub ms: i64,
    /// Minutes by which the zone's clocks are ahead of UTC; `None` where it isn't said, which means UTC.
    pub zone: Option<i32>,
}

impl DateTime {
    /// Reads `YYYY-MM-DDThh:mm:ss`, with or without a fraction of a second and a time zone, as in
    /// `2010-02-19T14:54:23.031+08:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't'])?;
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
            None => (time, None),
            Some(at) => (&time[..at], Some(zone(&time[at..])?)),
        };
        let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
        let mut parts = clock.split(':');
        let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        if fraction.is_empty() || fraction.bytes().any(|byte| !byte.is_ascii_digit()) {
            return None;
        }
        let thousandths: String = fraction.chars().chain("00".chars()).take(3).collect();
        let minutes = (days_before(year, month, day) * 24 + hour) * 60 + minute - i64::from(zone.unwrap_or(0));
        Some(Self { ms: (minutes * 60 + second) * 1000 + thousandths.parse::<i64>().ok()?, zone })
    }

    /// So many milliseconds later.
    #[must_use]
    pub fn later(self, ms: i64) -> Self {
        Self { ms: self.ms.saturating_add(ms), ..self }
    }
}

impl std::fmt::Display for DateTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zone = i64::from(self.zone.unwrap_or(0));
        let ms = self.ms.saturating_add(zone * 60_000);
        let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}", of_day % 1000)?;
        match zone {
            0 => f.write_str("Z"),
            _ => {
                let sign = if zone < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60)
            }
        }
    }
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `Z`, `+hh:mm`, `+hhmm` or `+hh` in minutes.
fn zone(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = (if text.starts_with('-') { -1 } else { 1 }, text.get(1..)?);
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => rest.split_at_checked(2)?,
        _ => rest.split_once(':')?,
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then(|| i32::try_from(sign * (hours * 60 + minutes)).ok())?
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of a year of the Gregorian calendar.
fn days_before_year(year: i64) -> i64 {
    let before = year - 1;
    365 * (year - 1970) + (before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400)) - 477
}

fn days_before(year: i64, month: i64, day: i64) -> i64 {
    days_before_year(year) + (1..month).map(|month| days_in_month(year, month)).sum::<i64>() + day - 1
}

/// Year, month and day of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    // The mean year has 365.2425 days; the guess is off by one at most.
    let mut year = 1970 + days.saturating_mul(400).div_euclid(146_097);
    while days_before_year(year) > days {
        year -= 1;
    }
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let mut rest = days - days_before_year(year);
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rescaling_rounds_down_on_both_sides_of_zero_or_to_the_nearest() {
        assert_eq!(rescale(1, 3, 1), 0);
        assert_eq!(rescale(-1, 3, 1), -1);
        assert_eq!(rescale_nearest(476, 1000, 44_100), 20_992); // 20,991.6
        assert_eq!(rescale(i64::MAX / 2, 90_000, 90_000), i64::MAX / 2);
    }

    #[test]
    fn dates_are_read_counted_on_and_written_in_their_zone() {
        // The date of RFC 8216 section 4.3.2.6, by `date -d … +%s`.
        let date = DateTime::parse("2010-02-19T14:54:23.031+08:00").unwrap();
        assert_eq!(date, DateTime { ms: 1_266_562_463_031, zone: Some(480) });
        assert_eq!(date.to_string(), "2010-02-19T14:54:23.031+08:00");
        assert_eq!(date.later(86_400_000 * 10).to_string(), "2010-03-01T14:54:23.031+08:00");
        assert_eq!(DateTime::parse("1970-01-01T00:00:00").unwrap(), DateTime { ms: 0, zone: None });
        assert_eq!(
            DateTime::parse("2024-02-29T23:59:59.9Z").unwrap().later(100).to_string(),
            "2024-03-01T00:00:00.000Z"
        );
        assert_eq!(DateTime::parse("1969-12-31T23:59:59-0130").unwrap().to_string(), "1969-12-31T23:59:59.000-01:30");
        for wrong in [
            "",
            "2010-02-19",
            "2010-02-30T00:00:00Z",
            "2010-2-1T00:00:00Z",
            "2010-02-19T24:00:00Z",
            "2010-02-19T00:00:00.Z",
            "2010-02-19T00:00:00+8",
            "2010-02-19 00:00:00",
            "201é-02-19T00:00:00",
            "2010-02-19T00:00:00+é:0",
        ] {
            assert_eq!(DateTime::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn clock_names_hours_and_milliseconds() {
        assert_eq!(clock(90_000 * 3_661 + 45_000, 90_000), "1:01:01.500");
    }
}
