
/**
 * What leaves and comes as files, and what is shown to others. None of it is had without the
 * server, so that its parts may stay there, too, until one is wanted.
 */
export class Taking {
  #pages;
  #notices;
  #parts = null;

  constructor(pages, notices) {
    this.#pages = pages;
    this.#notices = notices;
  }

  exportOne(conversation, title) {
    this.#want(({ exporting }) => exporting.one(conversation, title));
  }

  exportMany(conversations) {
    this.#want(({ exporting }) => exporting.many(conversations));
  }

  share(conversation, title, message) {
    this.#want(({ sharing }) => sharing.open(conversation, title, message));
  }

  openYourData() {
    this.#want(({ yourData }) => yourData.open());
  }

  async #want(act) {
    try {
      this.#parts ??= await load(this.#pages);
    } catch (error) {
      return this.#notices.failed(error, () => this.#want(act));
    }
    act(this.#parts);
  }
}

async function load(pages) {
  const [{ Exporting }, { Sharing }, { YourData }] = await Promise.all([
    import("./taking/exporting.js"),
    import("./taking/sharing.js"),
    import("./taking/your-data.js"),
  ]);
  const exporting = new Exporting(pages);
  return { exporting, sharing: new Sharing(pages), yourData: new YourData(pages, exporting) };
}
