//! What the program promises when things go wrong: a process that is killed, a database that is
//! cut off, a full disk, clients that repeat themselves, officers who act at the same moment.

mod kill;
mod races;
mod same_act;
mod served;
mod town;
