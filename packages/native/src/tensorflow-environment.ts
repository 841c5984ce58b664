/**
 * @module
 * The environment variables that TensorFlow reads as it starts. They are set where the user has not set them.
 */

/**
 * No greeting of four lines on stderr; and no oneDNN except where fused-convolution.ts and convolution-gradients.ts ask
 * for it, since this variable turns it on for the whole process.
 */
export const TENSORFLOW_ENV = { TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '0' } as const;
