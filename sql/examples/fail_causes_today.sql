-- Why do calls fail today? The ten commonest causes.
SELECT dst_trunk, disposition, sip_code, reason, release_tag, sum(calls) AS calls
  FROM v_fail_cause
 WHERE day = date('now')
 GROUP BY dst_trunk, disposition, sip_code, reason, release_tag
 ORDER BY calls DESC
 LIMIT 10;
