-- What tandemctl asks.

-- name: cdr_last
-- The newest :count records, oldest of them first.
SELECT * FROM (SELECT * FROM cdr ORDER BY seq DESC LIMIT :count) ORDER BY seq;

-- name: table_functions
-- The table-valued functions a question may use.
SELECT 1
  FROM json_each('[]'), json_tree('[]'),
       pragma_table_info('cdr'), pragma_table_xinfo('cdr'), pragma_table_list,
       pragma_index_list('cdr'), pragma_index_info(''), pragma_index_xinfo(''), pragma_foreign_key_list('cdr');
