"""An app with two migrations of one table, `migrating`, which the tests here make and drop."""
