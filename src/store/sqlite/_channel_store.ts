/**
 * Channels over SQLite. There are few: a row is the document, beside what must be unique. What a write takes
 * away is overwritten, since it may be a secret.
 */
import type { Channel } from "../../model/channel.ts";
import { type ChannelRows, NameTakenError } from "../channel_store.ts";
import { foldCase } from "../rule_facets.ts";
import { VersionConflictError } from "../rule_store.ts";
import type { Connection } from "./connection.ts";
import { createRebuild } from "./_rebuild.ts";

interface Row {
  doc: string;
}

export function createChannelStore(db: Connection): ChannelRows {
  const insert = db.prepare("INSERT INTO channel (channel_id, name, version, doc) VALUES (?, ?, ?, ?)");
  const update = db.prepare(
    "UPDATE channel SET name = ?, version = ?, doc = ? WHERE channel_id = ? AND version = ?",
  );
  const remove = db.prepare("DELETE FROM channel WHERE channel_id = ?");
  const one = db.prepare<Row>("SELECT doc FROM channel WHERE channel_id = ?");
  const all = db.prepare<Row>("SELECT doc FROM channel ORDER BY id");
  const holder = db.prepare<{ channel_id: string }>("SELECT channel_id FROM channel WHERE name = ?");
  const setTest = db.prepare(
    "UPDATE channel SET doc = json_set(doc, '$.last_test', json(?)) WHERE channel_id = ?",
  );
  const setConfig = db.prepare(
    "UPDATE channel SET doc = json_set(doc, '$.config', json(?)) WHERE channel_id = ? AND version = ?",
  );
  const write = <T>(body: () => T) => db.read(() => db.wiping(() => db.transact("full", body)));
  const rebuild = createRebuild(db, "channel", ["id", "channel_id", "name", "version", "doc"]);
  const requireFree = (channel: Channel) => {
    const taken = holder.get(foldCase(channel.name));
    if (taken === undefined || taken.channel_id === channel.channel_id) return;
    throw new NameTakenError(`Cannot name a channel "${channel.name}": another channel has this name`);
  };

  return {
    create: (channel) =>
      write(() => {
        requireFree(channel);
        insert.run(channel.channel_id, foldCase(channel.name), channel.version, JSON.stringify(channel));
      }),
    update: (channel) =>
      write(() => {
        requireFree(channel);
        const { channel_id, version } = channel;
        const name = foldCase(channel.name);
        const updated = update.run(name, version, JSON.stringify(channel), channel_id, version - 1);
        if (updated.changes === 1) return;
        throw new VersionConflictError(
          `Cannot save channel "${channel.name}" as version ${version}: its version is not ${version - 1}`,
        );
      }),
    delete: (channelId) => write(() => remove.run(channelId).changes === 1),
    get: (channelId) =>
      db.read(() => {
        const row = one.get(channelId);
        return row && channelOf(row);
      }),
    list: () => db.read(() => all.all().map(channelOf)),
    setLastTest: (channelId, test) => write(() => void setTest.run(JSON.stringify(test), channelId)),
    rewrite: (configs) =>
      write(() =>
        configs.filter(({ channel_id, version, config }) =>
          setConfig.run(JSON.stringify(config), channel_id, version).changes === 1
        ).length
      ),
    async wipe() {
      await write(rebuild);
      return await db.read(() => db.emptyLog());
    },
  };
}

function channelOf(row: Row): Channel {
  return JSON.parse(row.doc) as Channel;
}
