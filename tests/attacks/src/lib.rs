//! Hostile stories: what somebody tries in order to be paid for a visit that was not made, to read what is not theirs, or
//! to harm others; with the honest neighbour beside, who is not harmed. One file a rule of what may count, each test named
//! by the code that answers it. The stories are in `tests/attacks`; this library is empty.
