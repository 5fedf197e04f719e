-- What the relay measures beyond loss, jitter and MOS. NULL: not measured, and in rows of before.
ALTER TABLE cdr ADD COLUMN a_mos_min_x100   INTEGER;
ALTER TABLE cdr ADD COLUMN a_round_trip_us  INTEGER;
ALTER TABLE cdr ADD COLUMN a_loss_burst_max INTEGER;
ALTER TABLE cdr ADD COLUMN b_mos_min_x100   INTEGER;
ALTER TABLE cdr ADD COLUMN b_round_trip_us  INTEGER;
ALTER TABLE cdr ADD COLUMN b_loss_burst_max INTEGER;
