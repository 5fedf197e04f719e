-- What a trunk's end of a TLS connection must prove, and what we show it.
ALTER TABLE trunk ADD COLUMN tls_ca TEXT;
ALTER TABLE trunk ADD COLUMN tls_name TEXT;
ALTER TABLE trunk ADD COLUMN tls_verify INTEGER NOT NULL DEFAULT 1 CHECK (tls_verify IN (0, 1));
ALTER TABLE trunk ADD COLUMN tls_cert TEXT;
