// World places of bones as three.js reads them, as JSON on stdout. Needs `npm install three@0.170.0`
// in a folder; run it there:   node THIS_FILE FOLDER FILE SECOND [SECOND ...]
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, file, ...seconds] = process.argv.slice(2);
const three = path.resolve(folder, 'node_modules', 'three');
const load = (name) => import(pathToFileURL(path.join(three, name)).href);
globalThis.window = globalThis.self = globalThis;
globalThis.ProgressEvent = class {};
const silent = { addEventListener() {}, removeEventListener() {}, style: {} };
globalThis.document = { createElementNS: () => silent };
console.warn = console.error;

const THREE = await load('build/three.module.js');
const { FBXLoader } = await load('examples/jsm/loaders/FBXLoader.js');
const { GLTFLoader } = await load('examples/jsm/loaders/GLTFLoader.js');
const bytes = new Uint8Array(fs.readFileSync(file)).buffer;

// Pictures cannot be decoded here: the JSON chunk loses its materials and keeps its length.
function withoutMaterials(glb) {
  const length = new DataView(glb).getUint32(12, true);
  const chunk = new Uint8Array(glb, 20, length);
  const read = JSON.parse(new TextDecoder().decode(chunk));
  for (const name of ['materials', 'textures', 'images', 'samplers', 'extensionsUsed']) delete read[name];
  for (const mesh of read.meshes ?? []) for (const part of mesh.primitives) delete part.material;
  chunk.set(new TextEncoder().encode(JSON.stringify(read).padEnd(length)).subarray(0, length));
  return glb;
}

let root, clips;
if (file.endsWith('.fbx')) {
  root = new FBXLoader().parse(bytes, '');
  clips = root.animations;
} else {
  const read = await new Promise((done, fail) => new GLTFLoader().parse(withoutMaterials(bytes), '', done, fail));
  [root, clips] = [read.scene, read.animations];
}
const mixer = new THREE.AnimationMixer(root);
const action = mixer.clipAction(clips[0]);
action.setLoop(THREE.LoopOnce).clampWhenFinished = true;
action.play();
const frames = seconds.map((second) => {
  mixer.setTime(Number(second));
  root.updateMatrixWorld(true);
  const places = {};
  root.traverse((node) => {
    if (node.isBone) places[node.userData.originalName ?? node.userData.name ?? node.name] = node.matrixWorld.elements.slice(12, 15);
  });
  return places;
});
console.log(JSON.stringify({ takes: clips.map((clip) => [clip.name, clip.duration]), frames }));
process.exit(0);
