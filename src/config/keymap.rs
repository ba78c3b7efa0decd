//! Keys by table: which key means what, remappable, conflicts refused.
