//! Process documents and their life: text from a model and its evidence, the ledger, who may approve. Functions over values;
//! files are read and written by `process_store`.
