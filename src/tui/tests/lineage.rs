//! Claims about what the screens say of moves: where a candidate comes from, how it stands against its parent, and why a
//! problem ended early.

use super::{frame, press, text};
use crate::config::theme::Depth;
use crate::domain::enough::{Enough, StoppedEarly, Unspent};
use crate::domain::event::Fact;
use crate::domain::id::{AgentId, CandidateId, Round, UnitId};
use crate::domain::lineage::{Duel, Lineage, Move};
use crate::fixture::{Record, opened, speedup};
use crate::live::Origin;
use crate::screens::{code, result};

#[test]
fn a_candidates_move_its_parent_and_its_line_are_told() {
    let mut record = Record::midway();
    let unit = UnitId(0);
    let (parent, child) = (
        CandidateId::first(Round(0), AgentId(0)),
        CandidateId::first(Round(1), AgentId(0)),
    );
    for envelope in &mut record.facts {
        if let Fact::CandidateProposed {
            candidate,
            unit: of,
        } = &mut envelope.fact
            && *of == unit
        {
            let lineage = |by, parent| Some(Lineage { by, parent });
            candidate.lineage = match candidate.id {
                id if id == child => lineage(Move::Refine, Some(parent)),
                id if id == parent => lineage(Move::Fresh, None),
                _ => None,
            };
        }
    }
    record.push(Fact::ParentMet {
        unit,
        candidate: child,
        duel: Duel {
            parent,
            gain: Some(speedup(1.02, 1.04, 1.06)),
        },
    });
    record.push(Fact::EnoughReached {
        unit,
        ended: StoppedEarly {
            enough: Enough::NoGain {
                best: speedup(2.0, 2.1, 2.2),
                rounds: 2,
            },
            unspent: Unspent {
                rounds: 1,
                asks: Some(4),
                tokens: None,
            },
        },
    });
    let mut model = opened(&record, Origin::Live, Depth::None);
    frame(&mut model, 200, 50);
    press(&mut model, "2");
    let screen = text(&frame(&mut model, 200, 50));
    assert!(screen.contains("← r0a0"), "{screen}");
    let told = |lines: Vec<ratatui::text::Line<'static>>| {
        let lines: Vec<String> = lines.iter().map(|line| line.to_string()).collect();
        lines.join("\n")
    };
    let notes = told(code::note_lines(&model, 120));
    for words in [
        "Where it comes from",
        "r1a0 refined",
        "r1a0: 1.04× [1.02, 1.06] as fast as r0a0, which it comes from",
    ] {
        assert!(notes.contains(words), "`{words}`:\n{notes}");
    }
    let told = told(result::lines(&model, 120));
    let why =
        "It ended early: 2 rounds without gain over 2.10× [2.00, 2.20]; unspent: 1 round, 4 asks.";
    assert!(told.contains(why), "{told}");
    assert!(told.contains("r1a0 refined"), "{told}");
}
