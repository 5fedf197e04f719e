-- Priced calls with what they cost now: `corrected_nano` is the price of the last correction, or that of the record.
-- There is a margin where the carrier is paid in the customer's currency, or nothing.
DROP VIEW IF EXISTS v_cdr;
CREATE VIEW v_cdr AS
WITH call AS (
	SELECT *,
	       coalesce((SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
	                  ORDER BY correction_id DESC LIMIT 1), price_nano) AS corrected_nano
	  FROM cdr
)
SELECT seq, cdr_id, node, start_us, answer_us, end_us, duration_ms, billed_s, src_trunk, dst_trunk, account, caller, callee,
       disposition, release_tag, tariff, price_nano, corrected_nano,
       (SELECT count(*) FROM cdr_correction WHERE cdr_correction.cdr_id = call.cdr_id) AS corrections,
       currency, cost_nano, cost_currency,
       iif(coalesce(cost_currency, currency) = currency, corrected_nano - cost_nano, NULL) AS margin_nano
  FROM call;
