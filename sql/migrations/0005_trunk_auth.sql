-- What a trunk's target is told when it answers a call with 401 or 407. The password stands here as it is, for a
-- digest of any realm and algorithm needs it: whoever may read this file may log on.
ALTER TABLE trunk ADD COLUMN auth_user TEXT;
ALTER TABLE trunk ADD COLUMN auth_password TEXT;
ALTER TABLE trunk ADD COLUMN auth_realm TEXT;
