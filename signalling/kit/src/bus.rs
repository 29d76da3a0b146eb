//! Messages between services, by subject. Not durable: what must not be lost goes through a
//! database first, and the bus only says that there is something to look at.
//!
//! On one machine the bus is this process; subscribers are woken in the order of publishing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The message can't be written as JSON.
    #[error("the message can't be encoded: {0}")]
    Encode(#[from] serde_json::Error),
}

/// A handle to the bus; clones speak to the same one.
#[derive(Debug, Clone)]
pub struct Bus(Backend);

/// A cluster adds a variant for NATS here; nothing outside this file sees which one it is.
#[derive(Debug, Clone)]
enum Backend {
    InProcess(Arc<InProcess>),
}

#[derive(Debug, Default)]
struct InProcess {
    subscribers: Mutex<HashMap<String, Vec<mpsc::UnboundedSender<Bytes>>>>,
}

impl Bus {
    /// A bus that reaches this process only.
    pub fn in_process() -> Self {
        Self(Backend::InProcess(Arc::default()))
    }

    /// Hands `message` to everyone subscribed to `subject` at this moment.
    pub async fn publish(&self, subject: &str, message: Bytes) -> Result<(), BusError> {
        match &self.0 {
            Backend::InProcess(bus) => bus.publish(subject, &message),
        }
        Ok(())
    }

    /// [`Self::publish`] with the message as JSON.
    pub async fn publish_json<T: Serialize + Sync>(
        &self,
        subject: &str,
        message: &T,
    ) -> Result<(), BusError> {
        self.publish(subject, serde_json::to_vec(message)?.into()).await
    }

    /// Everything published to `subject` from now on. The queue is unbounded, because a lost command
    /// ("end this session") is worse than memory; a subscriber has to keep reading.
    pub async fn subscribe(&self, subject: &str) -> Result<Subscription, BusError> {
        let (sender, receiver) = mpsc::unbounded_channel();
        match &self.0 {
            Backend::InProcess(bus) => bus.subscribe(subject, sender),
        }
        Ok(Subscription { subject: subject.into(), receiver })
    }
}

impl InProcess {
    fn publish(&self, subject: &str, message: &Bytes) {
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_subject) = subscribers.get_mut(subject) {
            of_subject.retain(|subscriber| subscriber.send(message.clone()).is_ok());
            if of_subject.is_empty() {
                subscribers.remove(subject);
            }
        }
    }

    fn subscribe(&self, subject: &str, sender: mpsc::UnboundedSender<Bytes>) {
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.entry(subject.into()).or_default().push(sender);
    }
}

/// Messages of one subject. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    subject: String,
    receiver: mpsc::UnboundedReceiver<Bytes>,
}

impl Subscription {
    /// The next message; `None` when the bus is gone.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.receiver.recv().await
    }

    /// The next message that is JSON of type `T`. Others are logged and passed over.
    pub async fn next_json<T: DeserializeOwned>(&mut self) -> Option<T> {
        loop {
            let message = self.next().await?;
            match serde_json::from_slice(&message) {
                Ok(value) => return Some(value),
                Err(error) => {
                    tracing::warn!(subject = self.subject, %error, "a bus message was not understood");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_subscriber_gets_every_message_in_order() {
        let bus = Bus::in_process();
        let mut first = bus.subscribe("a").await.unwrap();
        let mut second = bus.clone().subscribe("a").await.unwrap();
        let mut other = bus.subscribe("b").await.unwrap();
        for n in 0..3u8 {
            bus.publish_json("a", &n).await.unwrap();
        }
        bus.publish("b", Bytes::from_static(b"not json")).await.unwrap();
        bus.publish_json("b", &7u8).await.unwrap();
        for n in 0..3u8 {
            assert_eq!(first.next_json::<u8>().await, Some(n));
            assert_eq!(second.next_json::<u8>().await, Some(n));
        }
        assert_eq!(other.next_json::<u8>().await, Some(7), "what is not understood is passed over");
    }

    #[tokio::test]
    async fn a_dropped_subscription_costs_nothing() {
        let bus = Bus::in_process();
        drop(bus.subscribe("a").await.unwrap());
        bus.publish_json("a", &1).await.unwrap();
        let Backend::InProcess(inner) = &bus.0;
        assert!(inner.subscribers.lock().unwrap().is_empty());
    }
}
