//! Inputs that a model proposes for a folder that `init` has proved: into `driver.cpp` with a label, and out of it again
//! unless the folder is proved with them, too. Never changes anything but `make`.

use std::path::Path;
use std::sync::Arc;

use super::check::{self, Wanted};
use super::compose::{House, texts_in, variable};
use super::output::{self, Halt};
use super::{keys, team};
use crate::agents::inputs;
use crate::failure::{Failure, FailureKind};
use crate::harness::Harness;
use crate::reports::table::one_line;
use crate::{intake, problems};

/// Asks the model that `flag` names, and keeps what it proposes if that is proved. What goes wrong with it is said, and
/// leaves the folder as it was.
///
/// # Errors
/// If the flag is wrong or the folder cannot be written.
pub(super) fn add(house: &House, harness: &Harness, folder: &Path, flag: &str) -> Result<(), Halt> {
    let agent = team::flag(flag, &variable)?;
    let keys = keys::of_team(std::slice::from_ref(&agent), &variable)?;
    let problem = problems::load_folder(folder).map_err(Failure::from)?;
    let name = one_line(&agent.model());
    output::note(&format!("Asking {name} for further inputs."));
    let prompts = texts_in(&house.configuration.paths.config_dir.join("prompts"), "md");
    let asked = inputs::propose(&agent, &keys, &prompts, &problem);
    let proposed = match house.handle.block_on(asked) {
        Ok(Some(proposed)) => proposed,
        Ok(None) => {
            output::note(&format!("{name} proposes none."));
            return Ok(());
        }
        Err(failure) => {
            output::note(&format!(
                "{name} could not be asked: {}",
                one_line(&failure.message)
            ));
            return Ok(());
        }
    };
    let Some(driver) = intake::with_inputs(problem.own_driver(), &proposed, &name) else {
        output::note(&format!(
            "What {name} proposes is no plain statements; it is left out."
        ));
        return Ok(());
    };
    let file = folder.join("driver.cpp");
    let write = |text: &str| {
        std::fs::write(&file, text).map_err(|error| {
            Failure::new(
                FailureKind::Environment,
                format!("cannot write to {}: {error}", file.display()),
            )
        })
    };
    write(&driver)?;
    let before = problems::Proof::read(folder);
    let proved = problems::load_folder(folder)
        .map_err(|error| Halt::from(Failure::from(error)))
        .and_then(|problem| check::prove(house, harness.clone(), Arc::new(problem), Wanted::Proof));
    match proved {
        Ok((claims, _)) if check::proved(&claims) => {
            output::note(&format!(
                "Proved with the inputs of {name}; they are labelled in {}.",
                file.display()
            ));
            Ok(())
        }
        other => {
            write(problem.own_driver())?;
            if let Some(before) = before {
                before.write(folder).map_err(Failure::from)?;
            }
            let (claims, _) = other?;
            let failed = claims.iter().find(|claim| claim.holds == Some(false));
            output::note(&format!(
                "Not proved with the inputs of {name} ({}); they are left out again.",
                failed.map_or("", |claim| claim.name)
            ));
            Ok(())
        }
    }
}
