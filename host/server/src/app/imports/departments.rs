//! Making the departments that rows name and that there are not, and their groups (R28), before these rows are applied.

use usher_domain::department::Department;
use usher_domain::ids::DepartmentId;

use super::frame::{Frame, Led};
use super::jobs::Job;
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::refusal::Refusal;
use crate::app::{groups, stored};

/// Paths whose departments are made in one commit: with 25 levels at most, within what a commit takes.
const STEP: usize = 100;

/// Makes what is missing on these paths, each department with its group. What exceeds a limit (R37) is left out: rows
/// that name it say so. Once the import is cancelled none is made.
pub async fn create(job: &Job, call: &Call, paths: &[Vec<String>]) -> Result<(), Refusal> {
    let (app, scope, record) = (&*job.app, &job.scope, &job.record);
    for paths in paths.chunks(STEP) {
        app.change_if_needed(|| async {
            if !job.is_current().await? {
                return Err(Halt::AsBefore(()));
            }
            let frame = Frame::read(app, scope, call.at, None).await?;
            let mut directory = (*frame.directory).clone();
            let mut made: Vec<Department> = Vec::new();
            for path in paths {
                if directory.find(path) == Led::Nowhere {
                    let new = || app.new_id(DepartmentId::from_parts);
                    made.extend(directory.plan(path, call.at, new).into_iter().flatten());
                }
            }
            if made.is_empty() {
                return Err(Halt::AsBefore(()));
            }
            let mut change: Change<Halt<()>> =
                app.draft_as(scope, call, record.doer.clone(), "import.departments_created", record.import.id);
            job.guard(&mut change.writes);
            frame.guard(&mut change.writes);
            // As for every change of the tree's shape.
            change.writes.put(&(), &stored::Tree { changed_at: call.at });
            let types = &record.import.choices.group_workforce_types;
            groups::department::make(app, call.at, &mut change, &frame.grouping, &made, types);
            for department in &made {
                change.also("department.created", department.id, department, []);
                change.writes.insert(&department.id, &stored::Department(department.clone()));
            }
            Ok(((), change))
        })
        .await?;
    }
    Ok(())
}
