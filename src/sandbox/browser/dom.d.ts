// The scripts of this folder run in a browser.
/// <reference lib="dom" />
