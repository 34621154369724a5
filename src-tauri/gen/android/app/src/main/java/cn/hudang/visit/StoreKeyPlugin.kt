package cn.hudang.visit

import android.app.Activity
import android.app.AlertDialog
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import app.tauri.annotation.Command
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.JSObject
import app.tauri.plugin.Plugin
import java.io.File
import java.io.FileOutputStream
import java.security.KeyStore
import java.security.ProviderException
import java.security.SecureRandom
import java.security.UnrecoverableKeyException
import java.util.Locale
import javax.crypto.BadPaddingException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

private const val PROVIDER = "AndroidKeyStore"
private const val ALIAS = "hudang-store"
private const val CIPHER = "AES/GCM/NoPadding"
private const val NONCE_BYTES = 12
private const val TAG_BITS = 128
private const val KEY_BYTES = 32

/**
 * Gives the key of the store. It lies encrypted in the app's files; the key over it never leaves the phone's keystore, so
 * that a copy of all files opens nothing. Nobody is asked to unlock it: the app has PINs of its own.
 */
@TauriPlugin
class StoreKeyPlugin(private val activity: Activity) : Plugin(activity) {
    /** Kept out of backups by Android itself. */
    private val file = File(activity.noBackupFilesDir, "store.key")

    /** Answers `key` in 64 hex digits. Makes one only where the caller says `mayMake`, as there is no store. */
    @Command
    fun storeKey(invoke: Invoke) {
        try {
            if (!file.exists()) {
                if (!invoke.getArgs().getBoolean("mayMake")) throw KeyLost()
                make()
            }
            // Also right after making: what will not open at the next start must not have a store made under it.
            val digits = read().joinToString("") { String.format(Locale.ROOT, "%02x", it) }
            invoke.resolve(JSObject().apply { put("key", digits) })
        } catch (lost: KeyLost) {
            tell(R.string.key_lost) { invoke.reject("The store's key is gone", "STORE-KEY-LOST") }
        } catch (error: Exception) {
            // The keystore is busy or the disk full: nothing is lost, and the next start may go well.
            tell(R.string.key_unreadable) { invoke.reject(error.toString(), "STORE-KEY-UNREADABLE") }
        }
    }

    /** Writes a new key whole or not at all. */
    private fun make() {
        val key = ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, makeWrapper()) }
        val sealed = cipher.iv + cipher.doFinal(key)
        val temporary = File(file.path + ".tmp")
        FileOutputStream(temporary).use {
            it.write(sealed)
            it.fd.sync()
        }
        Os.rename(temporary.path, file.path)
        syncDirectory()
    }

    /** The new name is durable only with its directory; not every file system lets an app ask for it. */
    private fun syncDirectory() {
        try {
            val directory = Os.open(activity.noBackupFilesDir.path, OsConstants.O_RDONLY, 0)
            try {
                Os.fsync(directory)
            } finally {
                Os.close(directory)
            }
        } catch (_: ErrnoException) {
        }
    }

    private fun read(): ByteArray {
        val sealed = file.readBytes()
        if (sealed.size != NONCE_BYTES + KEY_BYTES + TAG_BITS / 8) throw KeyLost()
        try {
            val keystore = KeyStore.getInstance(PROVIDER).apply { load(null) }
            val wrapper = keystore.getKey(ALIAS, null) ?: throw KeyLost()
            val cipher = Cipher.getInstance(CIPHER)
            cipher.init(Cipher.DECRYPT_MODE, wrapper, GCMParameterSpec(TAG_BITS, sealed, 0, NONCE_BYTES))
            return cipher.doFinal(sealed, NONCE_BYTES, sealed.size - NONCE_BYTES)
        } catch (_: BadPaddingException) {
            throw KeyLost()
        } catch (_: KeyPermanentlyInvalidatedException) {
            throw KeyLost()
        } catch (_: UnrecoverableKeyException) {
            throw KeyLost()
        }
    }

    /** Makes the keystore's own key, in a chip apart where there is one. Nothing lies under an older one of this name. */
    private fun makeWrapper(): SecretKey = try {
        generate(isApart = true)
    } catch (_: ProviderException) {
        generate(isApart = false)
    }

    private fun generate(isApart: Boolean): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val wanted = KeyGenParameterSpec.Builder(ALIAS, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(KEY_BYTES * 8)
        if (isApart && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            wanted.setIsStrongBoxBacked(true)
        }
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
        generator.init(wanted.build())
        return generator.generateKey()
    }

    /** Says it before the app ends: there is no page yet that could. */
    private fun tell(what: Int, then: () -> Unit) {
        AlertDialog.Builder(activity)
            .setMessage(what)
            .setCancelable(false)
            .setPositiveButton(R.string.understood, null)
            .setOnDismissListener { then() }
            .show()
    }
}

/** There is a store whose key cannot be had again. */
private class KeyLost : Exception()
