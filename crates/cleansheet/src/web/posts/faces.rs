//! The boxes over a picture and the cards below it.

/// A rectangle in pixels of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// One face, as the editor shows it. Numbers are whole pixels, so that a page stays short.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Face {
    pub(super) id: String,
    /// From left to right, top to bottom.
    pub(super) number: usize,
    /// `shown`, `cover`, or `ask` for the open question.
    pub(super) class: &'static str,
    pub(super) who: String,
    pub(super) word: &'static str,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) w: i64,
    pub(super) h: i64,
    pub(super) round: i64,
    /// What can be tapped: larger than the face.
    pub(super) hit: (i64, i64, i64, i64),
    /// The square around the face: left, top, side.
    pub(super) crop: (i64, i64, i64),
    pub(super) names: Vec<Name>,
    /// For `aria-pressed`.
    pub(super) is_cover: &'static str,
    pub(super) adult_name: String,
    /// Drawn by a person: it can be taken away.
    pub(super) drawn: bool,
}

/// One name of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) id: String,
    pub(super) name: String,
    /// May be shown on every ticked channel.
    pub(super) may: bool,
    /// For `aria-pressed`.
    pub(super) chosen: &'static str,
}

/// `true` or `false`, as attributes want it.
pub(super) fn pressed(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

/// Reading order: rows from the top, faces of a row from the left. Two faces are in one row when their middles are
/// nearer than half a face.
pub(super) fn reading_order(boxes: &[Rect]) -> Vec<usize> {
    let mut order: Vec<(usize, Rect)> = boxes.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| middle(*a).total_cmp(&middle(*b)));
    let mut rows: Vec<Vec<(usize, Rect)>> = Vec::new();
    for one in order {
        match rows.last_mut() {
            Some(row) if row.first().is_some_and(|(_, first)| near(*first, one.1)) => row.push(one),
            _ => rows.push(vec![one]),
        }
    }
    for row in &mut rows {
        row.sort_by(|(_, a), (_, b)| a.x.total_cmp(&b.x));
    }
    rows.into_iter().flatten().map(|(index, _)| index).collect()
}

fn middle(rect: Rect) -> f64 {
    rect.y + rect.h / 2.0
}

fn near(a: Rect, b: Rect) -> bool {
    (middle(a) - middle(b)).abs() < a.h.max(b.h) / 2.0
}

/// Where a face is drawn, in whole pixels.
pub(super) struct Placed {
    /// Left, top, width, height.
    pub(super) rect: [i64; 4],
    /// What can be tapped: left, top, width, height.
    pub(super) hit: (i64, i64, i64, i64),
    /// The square that is cut out: left, top, side.
    pub(super) crop: (i64, i64, i64),
}

/// Places a face in a picture of this size.
pub(super) fn place(rect: Rect, width: f64, height: f64) -> Placed {
    let (grow_x, grow_y) = (rect.w.mul_add(0.25, width * 0.01), rect.h.mul_add(0.25, height * 0.01));
    let side = (rect.w.max(rect.h) * 1.4).min(width).min(height);
    let left = (rect.x + rect.w / 2.0 - side / 2.0).clamp(0.0, (width - side).max(0.0));
    let top = (rect.y + rect.h / 2.0 - side / 2.0).clamp(0.0, (height - side).max(0.0));
    Placed {
        rect: [rect.x, rect.y, rect.w, rect.h].map(whole),
        hit: (
            whole((rect.x - grow_x).max(0.0)),
            whole((rect.y - grow_y).max(0.0)),
            whole(2.0f64.mul_add(grow_x, rect.w)),
            whole(2.0f64.mul_add(grow_y, rect.h)),
        ),
        crop: (whole(left), whole(top), whole(side).max(1)),
    }
}

/// A box that a person drew, given in parts of a hundred; `None` when it is empty or outside.
pub(super) fn drawn(percent: [f64; 4], width: f64, height: f64) -> Option<Rect> {
    let [x, y, w, h] = percent;
    let inside = (0.0..100.0).contains(&x) && (0.0..100.0).contains(&y) && w >= 0.5 && h >= 0.5;
    let (w, h) = (w.min(100.0 - x), h.min(100.0 - y));
    let rect = Rect { x: x * width, y: y * height, w: w * width, h: h * height };
    inside.then_some(Rect { x: rect.x / 100.0, y: rect.y / 100.0, w: rect.w / 100.0, h: rect.h / 100.0 })
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture are far below the limits of i64")]
fn whole(pixels: f64) -> i64 {
    pixels.round() as i64
}

#[cfg(test)]
mod tests {
    use super::{Rect, drawn, place, reading_order};

    fn rect(x: f64, y: f64) -> Rect {
        Rect { x, y, w: 90.0, h: 100.0 }
    }

    #[test]
    fn faces_are_numbered_as_people_read() {
        let order =
            reading_order(&[rect(400.0, 310.0), rect(300.0, 20.0), rect(10.0, 300.0), rect(20.0, 40.0)]);
        assert_eq!(order, [3, 1, 2, 0]);
    }

    #[test]
    fn a_cut_out_face_stays_inside_the_picture() {
        let (left, top, side) = place(rect(0.0, 0.0), 960.0, 640.0).crop;
        assert_eq!((left, top, side), (0, 0, 140));
        let (left, top, side) = place(rect(900.0, 560.0), 960.0, 640.0).crop;
        assert!(left + side <= 960 && top + side <= 640);
    }

    #[test]
    fn a_drawn_box_is_cut_at_the_edge_and_an_empty_one_is_none() {
        let half = drawn([50.0, 50.0, 80.0, 10.0], 200.0, 100.0).unwrap();
        assert_eq!(half, Rect { x: 100.0, y: 50.0, w: 100.0, h: 10.0 });
        for bad in
            [[-1.0, 0.0, 5.0, 5.0], [0.0, 100.0, 5.0, 5.0], [0.0, 0.0, 0.0, 5.0], [f64::NAN, 0.0, 5.0, 5.0]]
        {
            assert!(drawn(bad, 200.0, 100.0).is_none(), "{bad:?}");
        }
    }
}
