-- What a unit came to where code is tested rather than timed, as JSON; NULL where nothing was tested.
ALTER TABLE units ADD COLUMN tests TEXT;
