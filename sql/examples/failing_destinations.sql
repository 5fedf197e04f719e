-- Which destinations hardly answer today, and why? Those with 20 attempts or more of which under 40 % were answered.
SELECT destination, attempts, asr_percent, disposition, sip_code, q850_cause, calls, share_percent
  FROM v_fail_destination
 WHERE day = date('now') AND attempts >= 20 AND asr_percent < 40
 ORDER BY attempts DESC, destination, calls DESC;
