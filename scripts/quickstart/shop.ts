// The shop: its tables, with the types people really use, and its first rows.
import type {Connection} from 'mysql2/promise';

/** Rows of each table at the start, 246,000 in all. */
export const shopRows = {
  customers: 30_000,
  products: 5_000,
  orders: 80_000,
  order_lines: 120_000,
  visits: 6_000,
  reviews: 5_000,
};

const tables = [
  `CREATE TABLE customers (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(120) NOT NULL,
    name VARCHAR(80) NOT NULL,
    kind ENUM('private', 'business', 'reseller') NOT NULL DEFAULT 'private',
    born DATE NULL,
    balance DECIMAL(14,2) NOT NULL DEFAULT 0,
    score DOUBLE NULL,
    settings JSON NULL,
    token VARBINARY(16) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    UNIQUE KEY (email)
  ) DEFAULT CHARSET = utf8mb4`,
  `CREATE TABLE products (
    id INT UNSIGNED NOT NULL PRIMARY KEY,
    sku VARCHAR(32) NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT NULL,
    price DECIMAL(10,2) NOT NULL,
    weight DOUBLE NULL,
    attributes JSON NULL
  ) DEFAULT CHARSET = utf8mb4`,
  `CREATE TABLE orders (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    status ENUM('new', 'paid', 'sent', 'done', 'returned') NOT NULL DEFAULT 'new',
    total DECIMAL(12,2) NOT NULL,
    note TEXT NULL,
    ordered_at DATETIME(6) NOT NULL,
    deliver_on DATE NULL,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    KEY (customer_id)
  ) DEFAULT CHARSET = utf8mb4`,
  `CREATE TABLE order_lines (
    order_id BIGINT NOT NULL,
    line_no SMALLINT UNSIGNED NOT NULL,
    product_id INT UNSIGNED NOT NULL,
    quantity INT UNSIGNED NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    PRIMARY KEY (order_id, line_no)
  ) DEFAULT CHARSET = utf8mb4`,
  // Without a key on purpose: many logs look like this.
  `CREATE TABLE visits (
    seen_at DATETIME(6) NOT NULL,
    page VARCHAR(120) NOT NULL,
    visitor VARBINARY(16) NOT NULL,
    seconds DOUBLE NULL
  ) DEFAULT CHARSET = utf8mb4`,
  `CREATE TABLE reviews (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id INT UNSIGNED NOT NULL,
    stars TINYINT UNSIGNED NOT NULL,
    words TEXT NULL,
    written_at DATETIME(6) NOT NULL
  ) DEFAULT CHARSET = utf8mb4`,
];

/** SELECTs that make row n of each table out of n alone; \`n\` counts from 1. */
const rowsOf: Record<keyof typeof shopRows, string> = {
  customers: `SELECT n, CONCAT('customer', n, '@example.com'),
      CONCAT(ELT(1 + n % 5, 'Zoë', 'Łukasz', '小红', 'Ολγα', 'Ada 🛒'), ' ', n),
      ELT(1 + n % 3, 'private', 'business', 'reseller'),
      IF(n % 7 = 0, NULL, DATE_ADD('1950-01-01', INTERVAL n % 20000 DAY)),
      n % 10007 / 7, IF(n % 11 = 0, NULL, n / 3),
      IF(n % 5 = 0, NULL, JSON_OBJECT('newsletter', n % 2 = 0, 'tags', JSON_ARRAY(n % 9, 'é'))),
      UNHEX(LEFT(SHA2(n, 256), 32)), DATE_ADD('2024-01-01', INTERVAL n * 971001 MICROSECOND),
      DATE_ADD('2025-01-01', INTERVAL n MINUTE)`,
  products: `SELECT n, CONCAT('SKU-', LPAD(n, 6, '0')), CONCAT('Article ', n, ' – “', LEFT(SHA2(n, 256), 20), '”'),
      IF(n % 4 = 0, NULL, REPEAT(CONCAT('Made of part ', n, '. '), 1 + n % 20)),
      1 + n % 900 / 10, IF(n % 6 = 0, NULL, n / 13), JSON_OBJECT('colour', ELT(1 + n % 3, 'red', 'green', 'blue'))`,
  orders: `SELECT n, 1 + n * 7919 % 30000, ELT(1 + n % 5, 'new', 'paid', 'sent', 'done', 'returned'),
      n % 99991 / 9, IF(n % 3 = 0, CONCAT('Ring twice, then wait. № ', n), NULL),
      DATE_ADD('2025-06-01', INTERVAL n * 37 SECOND) + INTERVAL n MICROSECOND,
      IF(n % 4 = 0, NULL, DATE_ADD('2025-06-03', INTERVAL n % 365 DAY)),
      DATE_ADD('2025-06-01', INTERVAL n * 37 SECOND)`,
  order_lines: `SELECT 1 + (n - 1) DIV 2, 1 + (n - 1) % 2, 1 + n * 31 % 5000, 1 + n % 9, 1 + n % 777 / 10`,
  visits: `SELECT DATE_ADD('2026-01-01', INTERVAL n DIV 3 SECOND), CONCAT('/article/', n % 50),
      UNHEX(LEFT(SHA2(n % 300, 256), 32)), IF(n % 10 = 0, NULL, n % 60 / 8)`,
  reviews: `SELECT n, 1 + n % 5000, 1 + n % 5, IF(n % 3 = 0, NULL, CONCAT('Quite good, ', n, '×')),
      DATE_ADD('2025-07-01', INTERVAL n MINUTE)`,
};

/** Makes and fills the database \`shop\` unless it is there, whole. */
export async function makeShop(connection: Connection): Promise<'made' | 'kept'> {
  const [rows] = await connection.query("SHOW DATABASES LIKE 'shop'");
  if ((rows as unknown[]).length > 0) {
    const [marks] = await connection.query("SHOW TABLES FROM shop LIKE 'ready'");
    if ((marks as unknown[]).length > 0) return 'kept';
    await connection.query('DROP DATABASE shop');
  }
  await connection.query('CREATE DATABASE shop');
  await connection.query('USE shop');
  for (const table of tables) await connection.query(table);
  await connection.query('SET SESSION cte_max_recursion_depth = 1000000');
  for (const [table, count] of Object.entries(shopRows)) {
    const select = rowsOf[table as keyof typeof shopRows];
    await connection.query(
      `INSERT INTO ${table} WITH RECURSIVE numbers(n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count}) ${select} FROM numbers`,
    );
  }
  // The last statement: a start that was cut off before it begins again.
  await connection.query('CREATE TABLE ready (id INT NOT NULL PRIMARY KEY)');
  return 'made';
}
