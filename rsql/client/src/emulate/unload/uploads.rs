//! Writing the files of an UNLOAD to a storage: one after the other, in parts, by a task of their own.
//!
//! Holds one part on its way and one that waits. Decides nothing about which files there are.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::objects::refused;
use super::super::storage::{NewPart, Storage, StoragePlace};

/// What is to be done, in this order.
enum Order {
    /// The next bytes of a file.
    More(StoragePlace, Vec<u8>),
    /// The last ones of it.
    Last(StoragePlace, Vec<u8>),
    /// All files are whole.
    Over,
}

/// An object that is written in parts.
struct Upload {
    place: StoragePlace,
    id: String,
    etags: Vec<String>,
}

/// The task, and what it has yet to be told.
pub(super) struct Uploads {
    orders: mpsc::Sender<Order>,
    waiting: VecDeque<Order>,
    /// None once it has ended.
    task: Option<JoinHandle<Result<(), String>>>,
}

impl Uploads {
    pub(super) fn start(storage: Storage) -> Uploads {
        let (orders, receiver) = mpsc::channel(1);
        let task = Some(tokio::spawn(run(storage, receiver)));
        Uploads { orders, waiting: VecDeque::new(), task }
    }

    /// Takes the next bytes of a file: a part's worth.
    pub(super) fn more(&mut self, place: &StoragePlace, bytes: Vec<u8>) {
        self.waiting.push_back(Order::More(place.clone(), bytes));
    }

    /// Takes the last bytes of a file.
    pub(super) fn last(&mut self, place: &StoragePlace, bytes: Vec<u8>) {
        self.waiting.push_back(Order::Last(place.clone(), bytes));
    }

    /// Waits until the task has all that it is to be told. May be dropped while waiting and called again: nothing is lost.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        while !self.waiting.is_empty() {
            let Ok(room) = self.orders.reserve().await else { return self.outcome().await };
            if let Some(order) = self.waiting.pop_front() {
                room.send(order);
            }
        }
        Ok(())
    }

    /// Waits until all files are there.
    pub(super) async fn finish(mut self) -> Result<(), String> {
        self.waiting.push_back(Order::Over);
        self.settle().await?;
        self.outcome().await
    }

    /// Waits until nothing is left of files that are not whole.
    pub(super) async fn give_up(self) {
        let Uploads { orders, task, .. } = self;
        drop(orders);
        if let Some(task) = task
            && let Ok(Err(reason)) = task.await
        {
            tracing::debug!(reason, "UNLOAD given up");
        }
    }

    async fn outcome(&mut self) -> Result<(), String> {
        let Some(task) = &mut self.task else { return Ok(()) };
        let outcome = task.await;
        self.task = None;
        outcome.map_err(|error| format!("files could not be written: {error}"))?
    }
}

async fn run(storage: Storage, mut orders: mpsc::Receiver<Order>) -> Result<(), String> {
    let mut uploads = BTreeMap::new();
    let outcome = carry_out(&storage, &mut orders, &mut uploads).await;
    for Upload { place, id, .. } in uploads.into_values() {
        if let Err(reason) = (storage.0.abort)(place, id).await {
            tracing::warn!(reason, "parts of a file that was given up are still there");
        }
    }
    outcome.map_err(|error| refused(&error))
}

async fn carry_out(
    storage: &Storage,
    orders: &mut mpsc::Receiver<Order>,
    uploads: &mut BTreeMap<String, Upload>,
) -> Result<(), String> {
    while let Some(order) = orders.recv().await {
        match order {
            Order::More(place, bytes) => {
                if !uploads.contains_key(&place.uri) {
                    let id = (storage.0.begin)(place.clone(), ()).await?;
                    let upload = Upload { place: place.clone(), id, etags: Vec::new() };
                    uploads.insert(place.uri.clone(), upload);
                }
                if let Some(upload) = uploads.get_mut(&place.uri) {
                    upload.part(storage, bytes).await?;
                }
            }
            Order::Last(place, bytes) => {
                let Some(upload) = uploads.get_mut(&place.uri) else {
                    (storage.0.write)(place, bytes).await?;
                    continue;
                };
                if !bytes.is_empty() {
                    upload.part(storage, bytes).await?;
                }
                let parts = (upload.id.clone(), upload.etags.clone());
                (storage.0.complete)(place.clone(), parts).await?;
                uploads.remove(&place.uri);
            }
            Order::Over => return Ok(()),
        }
    }
    Ok(())
}

impl Upload {
    async fn part(&mut self, storage: &Storage, bytes: Vec<u8>) -> Result<(), String> {
        let number = i32::try_from(self.etags.len() + 1).map_err(|error| error.to_string())?;
        let part = NewPart { upload: self.id.clone(), number, bytes };
        self.etags.push((storage.0.part)(self.place.clone(), part).await?);
        Ok(())
    }
}
